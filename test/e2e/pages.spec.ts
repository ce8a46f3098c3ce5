import { connect } from 'node:net';
import { Controller, Get, Post, UseFilters, UseGuards } from '@nestjs/common';
import { AuthRedirectFilter, ConnectedToken, SessionGuard } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AS_A_PAGE, errorCodeOf, someUsers } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, CALENDAR_SCOPE, TestApp } from '../support/test-app.js';

const GOOGLE = 'google-oauth2';
/** What a browser says on every hop of a chain of redirects that passed another site. */
const FROM_ELSEWHERE = {
  ...AS_A_PAGE,
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};
const HERE = {
  ...AS_A_PAGE,
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

@Controller('overview')
@UseGuards(SessionGuard)
@UseFilters(AuthRedirectFilter)
class OverviewController {
  @Get()
  overview(@ConnectedToken(GOOGLE) google: string, @ConnectedToken('github') github: string): unknown {
    return { google, github };
  }

  @Post()
  change(@ConnectedToken(GOOGLE) google: string): unknown {
    return { google };
  }
}

/** What no client would send: the target as it is given. */
function rawRequest(port: number, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, 'localhost', () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** What stopped a person on their way. */
function errorOn({ status, text }: Answer): string {
  return status === 200 ? '' : text;
}

describe.each(adapters)('pages that ask for the redirect on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers() }, controllers: [OverviewController] });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    user = `auth0|person${count++}`;
    person = new Person();
  });

  it('send somebody who is not logged in to the login and bring them back', async () => {
    const answer = await person.request(test.at('/pages/private?a=1'), { headers: HERE });
    const login = new URL(answer.location ?? '');
    const page = await person.open(login, { headers: HERE });
    const done = await person.submit(page, { user, action: 'login' }, { headers: FROM_ELSEWHERE });

    expect(answer.status).toBe(302);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(login.origin + login.pathname).toBe(test.at('/auth/login'));
    expect(login.searchParams.get('returnTo')).toBe('/pages/private?a=1');
    expect(done.url).toBe(test.at('/pages/private?a=1'));
    expect(done.json()).toEqual({ sub: user });
  });

  it('send a logged-in person to the consent of the provider and bring them back', async () => {
    await test.logIn(user, person);

    const consent = await person.open(test.at('/calendar/page'), { headers: HERE });
    const done = await person.submit(consent, { action: 'approve' }, { headers: FROM_ELSEWHERE });

    expect(consent.url).toContain(`${test.tenant.domain}/connected-accounts/connect`);
    expect(done.url).toBe(test.at('/calendar/page'));
    expect(done.json()).toEqual({ token: expect.stringContaining(GOOGLE) });
  });

  it('go on to the consent straight from the login, which is on another site', async () => {
    const login = await person.open(test.at('/calendar/page'), { headers: HERE });

    const consent = await person.submit(login, { user, action: 'login' }, { headers: FROM_ELSEWHERE });

    expect(errorOn(consent)).toBe('');
    expect(consent.url).toContain(`${test.tenant.domain}/connected-accounts/connect`);
  });

  it('go on to the next consent straight from the one before, which is on another site', async () => {
    await test.logIn(user, person);
    const first = await person.open(test.at('/overview'), { headers: HERE });

    const second = await person.submit(first, { action: 'approve' }, { headers: FROM_ELSEWHERE });

    expect(errorOn(second)).toBe('');
    // Both tokens are asked for at once: which is missed first is not said.
    const titles = [first, second].map(({ text }) => /<title>(.*?)<\/title>/.exec(text)?.[1] ?? '');
    expect(titles.toSorted()).toEqual(['Connect GitHub', 'Connect Google']);
    const done = await person.submit(second, { action: 'approve' }, { headers: FROM_ELSEWHERE });
    expect(done.json()).toEqual({ google: expect.any(String), github: expect.any(String) });
  });

  it('ask for the missing scope where the account is there without it', async () => {
    await test.logIn(user, person);
    test.control.connectAccount(user, GOOGLE, { scopes: ['openid'] });

    const consent = await person.open(test.at('/calendar/page'), { headers: HERE });

    expect(consent.text).toContain(CALENDAR_SCOPE);
    const done = await person.submit(consent, { action: 'approve' }, { headers: FROM_ELSEWHERE });
    expect(done.url).toBe(test.at('/calendar/page'));
    expect(done.status).toBe(200);
  });

  it.each(['http://a:99999/overview', '//overview', '/overview?%zz', '/overview?a=%00'])(
    'stand a request for %s',
    async (target) => {
      const { port } = new URL(test.url);
      const lines = await rawRequest(Number(port), target);
      expect(lines).toMatch(/^HTTP\/1\.1 [34]/);
      expect((await person.request(test.at('/calendar/open'))).status, 'the application is still there').toBe(200);
    },
  );

  it('answer anything but a GET as an API would', async () => {
    const anonymous = await person.request(test.at('/overview'), { method: 'POST', headers: HERE });
    await test.logIn(user, person);
    const unconnected = await person.request(test.at('/overview'), { method: 'POST', headers: HERE });

    expect(anonymous.status).toBe(401);
    expect(errorCodeOf(anonymous)).toBe('login_required');
    expect(unconnected.status).toBe(403);
    expect(errorCodeOf(unconnected)).toBe('connection_required');
    expect(new URL(unconnected.json<{ connectUrl: string }>().connectUrl).searchParams.has('returnTo')).toBe(false);
  });

  it('bring a person who says no back to their page with the reason, once and not in a circle', async () => {
    await test.logIn(user, person);
    const consent = await person.open(test.at('/calendar/page'), { headers: HERE });

    const back = await person.submit(
      consent,
      { action: 'cancel' },
      { headers: FROM_ELSEWHERE, until: test.at('/calendar') },
    );

    expect(back.headers.get('location')).toBe(
      `/calendar/page?auth0_connect_error=access_denied&auth0_connect_connection=${GOOGLE}`,
    );
    const page = await person.request(back.location ?? '', { headers: FROM_ELSEWHERE });
    expect(page.status, 'the person has just said no').not.toBe(302);
  });
});
