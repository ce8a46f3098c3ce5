import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { CurrentUser, Public, SessionGuard, SessionService } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAVIGATION, NAVIGATION_FROM_ELSEWHERE, someUsers } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

@Controller('answers')
@UseGuards(SessionGuard)
class AnswersController {
  @Get('guarded')
  guarded(@CurrentUser() user: unknown): unknown {
    return user;
  }

  @Get('own')
  @Header('Cache-Control', 'private, max-age=60')
  own(): string {
    return 'kept for a minute';
  }

  @Get('open')
  @Public()
  open(): string {
    return 'for all';
  }
}

describe.each(adapters)('what is about one person, on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      controllers: [AnswersController],
      tenant: { users: someUsers(3) },
      options: { session: { maxPerUser: 2 } },
    });
  });
  afterAll(() => test?.stop());

  it('is kept by no cache behind SessionGuard, unless the handler says otherwise', async () => {
    const person = await test.logIn('auth0|person0');
    const cached = async (path: string): Promise<string | null> =>
      (await person.request(test.at(path))).headers.get('cache-control');
    expect(await cached('/answers/guarded')).toBe('private, no-store');
    expect(await cached('/answers/own')).toBe('private, max-age=60');
    expect(await cached('/answers/open')).toBeNull();
  });

  it('comes with a cookie that no cache keeps, whatever the page is', async () => {
    const stranger = new Person();
    const start = await stranger.request(test.at('/auth/login'), { headers: NAVIGATION });
    expect([start.headers.has('set-cookie'), start.headers.get('cache-control')]).toEqual([true, 'private, no-store']);
    const person = await test.logIn('auth0|person0');
    const logout = await person.request(test.at('/auth/logout'), { method: 'POST' });
    expect([logout.headers.has('set-cookie'), logout.headers.get('cache-control')]).toEqual([
      true,
      'private, no-store',
    ]);
  });

  it('is on no page of ours that could be framed, or that loads or runs anything', async () => {
    const person = await test.logIn('auth0|person1');
    const page = await person.request(test.at('/auth/login?screen_hint=signup'), {
      headers: NAVIGATION_FROM_ELSEWHERE,
    });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(page.headers.get('cache-control')).toBe('private, no-store');
    expect(page.text).not.toMatch(/<script|<img|src=/);
  });

  it('is in so many sessions at most: the next login ends the oldest', async () => {
    const first = await test.logIn('auth0|person2');
    const later = [await test.logIn('auth0|person2'), await test.logIn('auth0|person2')];
    expect((await first.request(test.at('/answers/guarded'))).status).toBe(401);
    for (const person of later) expect((await person.request(test.at('/answers/guarded'))).status).toBe(200);
    expect(await test.app.get(SessionService).listSessions('auth0|person2')).toHaveLength(2);
  });
});
