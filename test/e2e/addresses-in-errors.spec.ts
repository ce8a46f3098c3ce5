import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { ConnectedToken, SessionGuard, SessionOrAccessTokenGuard } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { NAVIGATION, NAVIGATION_FROM_ELSEWHERE, SCRIPT, someUsers } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, type TestApp } from '../support/test-app.js';

@Controller('data')
class DataController {
  @Get('calendar')
  @UseGuards(SessionGuard)
  calendar(@ConnectedToken('google-oauth2') token: string): unknown {
    return { token };
  }

  @Post('calendar')
  @UseGuards(SessionGuard)
  add(@ConnectedToken('google-oauth2') token: string): unknown {
    return { token };
  }

  @Get('either')
  @UseGuards(SessionOrAccessTokenGuard)
  either(@ConnectedToken('google-oauth2') token: string): unknown {
    return { token };
  }
}

const PAGE = '/dashboard?week=7';

/** Where a person would come back to. */
function returnToIn(answer: Answer): string | null {
  const { loginUrl, connectUrl } = answer.json<{ loginUrl?: string; connectUrl?: string }>();
  return new URL(loginUrl ?? connectUrl ?? '').searchParams.get('returnTo');
}

describe.each(adapters)('the address in an error on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let count = 0;

  beforeAll(async () => {
    test = await startApiApp(adapter, { tenant: { users: someUsers(60) }, controllers: [DataController] });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    person = await test.logIn(`auth0|person${count++}`);
  });

  /** To log in and to connect, of what a script of this page has fetched. */
  const returnToFrom = async (
    referer: string | undefined,
    {
      path = '/data/calendar',
      method = 'GET',
      headers = SCRIPT,
    }: { path?: string; method?: string; headers?: Record<string, string> } = {},
  ): Promise<(string | null)[]> => {
    const request = { method, headers: { ...headers, ...(referer !== undefined && { referer }) } };
    const stranger = await new Person().request(test.at(path), request);
    const unconnected = await person.request(test.at(path), request);
    expect([stranger.status, unconnected.status]).toEqual([401, 403]);
    return [returnToIn(stranger), returnToIn(unconnected)];
  };

  it('leads a person back to the page whose script has fetched the data', async () => {
    expect(await returnToFrom(test.at(PAGE))).toEqual([PAGE, PAGE]);
    expect(await returnToFrom(test.at(PAGE), { path: '/data/either' })).toEqual([PAGE, PAGE]);
    expect(await returnToFrom(test.url)).toEqual(['/', '/']);
  });

  it('leads back to the page whose form was posted, or whose script has posted', async () => {
    expect(await returnToFrom(test.at(PAGE), { method: 'POST' })).toEqual([PAGE, PAGE]);
    expect(await returnToFrom(test.at(PAGE), { method: 'POST', headers: NAVIGATION })).toEqual([PAGE, PAGE]);
  });

  it('leads back to the page of a script in an older browser', async () => {
    expect(await returnToFrom(test.at(PAGE), { headers: { accept: '*/*' } })).toEqual([PAGE, PAGE]);
    expect(await returnToFrom(test.at(PAGE), { headers: { accept: 'application/json' } })).toEqual([PAGE, PAGE]);
  });

  it('never names the endpoint itself', async () => {
    expect(await returnToFrom(undefined)).toEqual([null, null]);
    expect(await returnToFrom(undefined, { headers: { accept: 'application/json' } })).toEqual([null, null]);
    expect(await returnToFrom(undefined, { method: 'POST' })).toEqual([null, null]);
    expect(await returnToFrom(undefined, { headers: { ...NAVIGATION, 'sec-purpose': 'prefetch' } })).toEqual([
      null,
      null,
    ]);
  });

  it.each([
    ['of another site', () => 'https://evil.example/dashboard'],
    ['of another port', () => 'http://localhost:1/dashboard'],
    ['of another scheme', () => test.at('/dashboard').replace('http:', 'https:')],
    ['that begins like ours', () => `${test.url}.evil.example/dashboard`],
    ['with ours as a user', () => `${test.url.replace('://', '://x@')}@evil.example/`],
    ['with a user', () => test.at('/dashboard').replace('://', '://user:secret@')],
    ['that is no address', () => 'about:client'],
    ['that is a path', () => '//evil.example/dashboard'],
    ['of a script', () => 'javascript:alert(1)'],
    ['that is longer than one comes back to', () => test.at(`/dashboard?${'x'.repeat(3000)}`)],
  ])('names no page %s', async (_what, referer) => {
    expect(await returnToFrom(referer())).toEqual([null, null]);
  });

  it('names the page that a person opens, whatever page they come from', async () => {
    const referer = test.at('/dashboard');
    for (const headers of [NAVIGATION, NAVIGATION_FROM_ELSEWHERE]) {
      expect(await returnToFrom(referer, { path: '/data/calendar?week=7', headers })).toEqual([
        '/data/calendar?week=7',
        '/data/calendar?week=7',
      ]);
    }
  });

  it('says nothing of what an earlier attempt came to', async () => {
    const told = '/dashboard?week=7&auth0_connect_error=access_denied&auth0_connect_connection=github&error=42';
    const clean = '/dashboard?week=7&error=42';
    expect(await returnToFrom(test.at(told))).toEqual([clean, clean]);
    expect(
      await returnToFrom(undefined, { path: told.replace('/dashboard', '/data/calendar'), headers: NAVIGATION }),
    ).toEqual([clean, clean].map((page) => page.replace('/dashboard', '/data/calendar')));
  });

  it('brings a caller of the API back to no page', async () => {
    const headers = { ...SCRIPT, ...bearer(await mintAccessToken(test)), referer: test.at(PAGE) };
    const answer = await new Person().request(test.at('/data/either'), { headers });
    expect(answer.status).toBe(403);
    expect(returnToIn(answer)).toBe(null);
  });

  it('ends a login after a cancelled one at the page, with nothing left of the first', async () => {
    const newcomer = new Person();
    const headers = NAVIGATION_FROM_ELSEWHERE;
    const login = await newcomer.open(test.at('/pages/private?week=7'), { headers });
    const cancelled = await newcomer.submit(login, { user: 'auth0|alice', action: 'cancel' }, { headers });
    const { loginUrl } = cancelled.json<{ loginUrl: string }>();
    const again = await newcomer.open(loginUrl, { headers });
    const done = await newcomer.submit(again, { user: 'auth0|alice', action: 'login' }, { headers });

    expect(cancelled.url).toBe(test.at('/pages/private?week=7&auth0_connect_error=access_denied'));
    expect([done.url, done.status]).toEqual([test.at('/pages/private?week=7'), 200]);
  });

  it('takes an "error" parameter of the application for what it is', async () => {
    const answer = await new Person().request(test.at('/pages/private?error=42'), { headers: NAVIGATION });
    expect(new URL(answer.location ?? '').searchParams.get('returnTo')).toBe('/pages/private?error=42');
  });
});
