import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import {
  ConnectedToken,
  CurrentUser,
  SessionGuard,
  SessionOrAccessTokenGuard,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, KeyHolder, mintAccessToken, startApiApp } from '../support/api-app.js';
import { AS_A_PAGE, errorCodeOf, isLoggedIn, someUsers } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, CLIENT, freePort, TestApp } from '../support/test-app.js';

@Controller('board')
class BoardController {
  @Get()
  @UseGuards(SessionGuard)
  read(@CurrentUser() user: UserClaims): string {
    return user.sub;
  }

  @Get('github')
  @UseGuards(SessionGuard)
  github(@ConnectedToken('github') token: string): string[] {
    return [token];
  }

  @Post()
  @UseGuards(SessionOrAccessTokenGuard)
  write(): string {
    return 'written';
  }
}

describe.each(adapters)('an application with several addresses on %s', (adapter) => {
  let test: TestApp;
  let blue: string;
  let green: string;

  beforeAll(async () => {
    const port = await freePort();
    [blue, green] = [`http://localhost:${port}`, `http://green.localhost:${port}`];
    test = await startApiApp(adapter, {
      port,
      options: { appBaseUrl: [blue, green] },
      controllers: [BoardController],
    });
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [`${blue}/auth/callback`, `${green}/auth/callback`],
      logoutUrls: [blue, green],
    });
  });
  afterAll(() => test?.stop());

  /** Opens a path under a host of the application. */
  const at = (url: string, path: string, headers: Record<string, string> = {}, person = new Person()) =>
    person.request(test.at(path), { headers: { host: new URL(url).host, ...headers } });

  it('sends each login back to the address that it came from', async () => {
    for (const url of [blue, green]) {
      const { location } = await at(url, '/auth/login');
      expect(new URL(location ?? '').searchParams.get('redirect_uri')).toBe(`${url}/auth/callback`);
    }
  });

  it('logs in, connects and logs out at each address', async () => {
    for (const url of [blue, green]) {
      const person = new Person();
      const host = { host: new URL(url).host };
      const login = await at(url, '/auth/login?returnTo=/board', AS_A_PAGE, person);
      const page = await person.open(login.location ?? '', { until: `${url}/auth/callback` });
      const done = await person.submit(
        page,
        { user: 'auth0|alice', action: 'login' },
        { until: `${url}/auth/callback` },
      );
      const callback = new URL(done.location ?? '');
      expect(callback.origin).toBe(new URL(url).origin);
      const back = await person.request(test.at(callback.pathname + callback.search), { headers: host });
      expect(back.headers.get('location')).toBe('/board');
      expect((await at(url, '/board', {}, person)).text).toBe('auth0|alice');

      const refused = await at(url, '/board/github', {}, person);
      expect(refused.json<{ connectUrl: string }>().connectUrl).toContain(`${url}/auth/connect/github`);
      const logout = await person.request(test.at('/auth/logout'), { method: 'POST', headers: host });
      expect(new URL(logout.location ?? '').searchParams.get('post_logout_redirect_uri')).toBe(url);
    }
  });

  it('takes a host that is not listed for the first address, and never for itself', async () => {
    const { location } = await at('http://evil.example', '/auth/login');
    expect(new URL(location ?? '').searchParams.get('redirect_uri')).toBe(`${blue}/auth/callback`);
    const refused = await at('http://evil.example', '/board');
    expect(refused.json<{ loginUrl: string }>().loginUrl).toContain(`${blue}/auth/login`);
  });

  it('believes no X-Forwarded-Host without trustProxy', async () => {
    const forwarded = { 'x-forwarded-host': new URL(green).host, 'x-forwarded-proto': 'http' };
    const { location } = await at(blue, '/auth/login', forwarded);
    expect(new URL(location ?? '').searchParams.get('redirect_uri')).toBe(`${blue}/auth/callback`);
  });

  it("compares a DPoP proof with the address that the request came to, and names that one's metadata", async () => {
    const key = await KeyHolder.create();
    const token = await mintAccessToken(test, { cnf: { jkt: key.thumbprint } });
    const good = await key.headers(token, `${green}/api/me`);
    expect((await at(green, '/api/me', good)).status).toBe(200);
    const other = await key.headers(token, `${blue}/api/me`);
    const refused = await at(green, '/api/me', other);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${green}/.well-known/`);
  });
});

describe('the choice among several addresses', () => {
  it('may be by another header, and is checked against the list', async () => {
    const port = await freePort();
    const allowed = [`http://localhost:${port}`, `http://green.localhost:${port}`];
    const test = await TestApp.start('Express', {
      port,
      options: { appBaseUrl: { allowed, resolve: ({ headers }) => String(headers['x-site'] ?? allowed[0]) } },
    });
    try {
      const login = (site: string) => new Person().request(test.at('/auth/login'), { headers: { 'x-site': site } });
      const green = new URL((await login(`${allowed[1]}/`)).location ?? '');
      expect(green.searchParams.get('redirect_uri')).toBe(`${allowed[1]}/auth/callback`);
      const evil = await login('https://evil.example');
      expect([evil.status, errorCodeOf(evil)]).toEqual([400, 'invalid_request']);
    } finally {
      await test.stop();
    }
  });

  it.each([
    [{ appBaseUrl: ['http://localhost:1', 'https://app.example.com'] }, 'appBaseUrl lists https and http'],
    [{ appBaseUrl: [] }, 'appBaseUrl must be a list of one or more'],
    [{ appBaseUrl: ['http://localhost:1', 'http://app.example.com'] }, 'appBaseUrl[1] must use https'],
    [{ appBaseUrl: { allowed: ['http://localhost:1'], resolve: 'host' } }, 'appBaseUrl.resolve must be a function'],
    [{ trustedOrigins: ['https://app.example.com/'] }, 'trustedOrigins must be a list of origins'],
    [{ trustedOrigins: ['https://app.example.com/path'] }, 'trustedOrigins must be a list of origins'],
    [{ trustedOrigins: ['*'] }, 'trustedOrigins must be a list of origins'],
    [{ trustedOrigins: ['null'] }, 'trustedOrigins must be a list of origins'],
    [{ trustedOrigins: ['http://app.example.com'] }, 'must use https'],
    [{ trustedOrigins: ['javascript:alert(1)'] }, 'trustedOrigins must be a list of origins'],
  ])('is looked at when the application starts: %o', async (options, problem) => {
    const start = TestApp.start('Express', { options: options as object });
    await expect(start).rejects.toMatchObject({ code: 'invalid_configuration' });
    await expect(start).rejects.toThrow(problem);
  });
});

describe.each(adapters)('a front end on another origin of the same site, on %s', (adapter) => {
  const FRONT_END = 'http://localhost:5173';
  const FROM_FRONT_END = {
    accept: 'application/json',
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    origin: FRONT_END,
  };
  let test: TestApp;
  let user: string;
  let count = 0;
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      tenant: { users: someUsers(40) },
      options: { trustedOrigins: [FRONT_END], apiAudience: API_AUDIENCE },
      controllers: [BoardController],
    });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    user = `auth0|person${count++}`;
  });

  it('comes back to itself after the login, and after saying no', async () => {
    const returnTo = encodeURIComponent(`${FRONT_END}/inbox?week=7`);
    const person = new Person();
    const page = await person.open(test.at(`/auth/login?returnTo=${returnTo}`), { headers: AS_A_PAGE });
    const cancelled = await person.submit(page, { user, action: 'cancel' }, { headers: AS_A_PAGE, until: FRONT_END });
    expect(cancelled.location).toBe(`${FRONT_END}/inbox?week=7&auth0_connect_error=access_denied`);
    const again = await person.open(test.at(`/auth/login?returnTo=${returnTo}`), { headers: AS_A_PAGE });
    const done = await person.submit(again, { user, action: 'login' }, { headers: AS_A_PAGE, until: FRONT_END });
    expect(done.location).toBe(`${FRONT_END}/inbox?week=7`);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it.each([
    'http://localhost:5173.evil.example/inbox',
    'http://localhost:51733/inbox',
    'http://localhost:5173@evil.example/',
    'http://user@localhost:5173/',
    'https://localhost:5173/inbox',
    'http://localhost:5173/%2f%2fevil.example/..%2f',
    'http://localhost:5173//evil.example',
    'http://localhost:5173/\\evil.example',
  ])('lets nobody come back to what only looks like it: %s', async (returnTo) => {
    const answer = await new Person().request(test.at(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`));
    expect([answer.status, errorCodeOf(answer)]).toEqual([400, 'invalid_return_to']);
  });

  it('logs out, disconnects an account and posts by script', async () => {
    const person = await test.logIn(user);
    const { id } = test.control.connectAccount(user, 'github');
    const send = (path: string, method: string) =>
      person.request(test.at(path), { method, headers: FROM_FRONT_END }).then(({ status }) => status);
    expect(await send('/board', 'POST')).toBe(201);
    expect(await send(`/auth/accounts/${id}`, 'DELETE')).toBe(204);
    expect(await send('/auth/logout', 'POST')).toBe(302);
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('is not any other origin of the site', async () => {
    const person = await test.logIn(user);
    const headers = { ...FROM_FRONT_END, origin: 'http://localhost:5174' };
    for (const [path, method] of [
      ['/board', 'POST'],
      ['/auth/accounts/cac_1', 'DELETE'],
      ['/auth/logout', 'POST'],
    ] as const) {
      expect((await person.request(test.at(path), { method, headers })).status).toBe(403);
    }
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('is led back to by the addresses in errors that its scripts get', async () => {
    const answer = await new Person().request(test.at('/board'), {
      headers: { ...FROM_FRONT_END, referer: `${FRONT_END}/` },
    });
    const { loginUrl } = answer.json<{ loginUrl: string }>();
    expect(new URL(loginUrl).searchParams.get('returnTo')).toBe(`${FRONT_END}/`);
    const bare = await new Person().request(test.at('/board'), { headers: bearer('x') });
    expect(bare.status).toBe(401);
  });
});

describe.each(adapters)('two applications on localhost, on %s', (adapter) => {
  it('do not log each other out: browsers keep one jar for all ports', async () => {
    const options = { session: { cookie: {} } };
    const [one, other] = [await TestApp.start(adapter, { options }), await TestApp.start(adapter, { options })];
    try {
      const person = await one.logIn('auth0|alice');
      await other.logIn('auth0|bob', person);
      const userAt = async (test: TestApp) => (await person.request(test.at('/auth/profile'))).json().sub;
      expect([await userAt(one), await userAt(other)]).toEqual(['auth0|alice', 'auth0|bob']);
    } finally {
      await one.stop();
      await other.stop();
    }
  });
});

describe('an application inside a frame of another site', () => {
  it('has partitioned cookies, of which the login cookie is one', async () => {
    const test = await TestApp.start('Express', {
      options: { appBaseUrl: 'https://app.example.com', session: { cookie: { sameSite: 'none' } } },
    });
    try {
      const [cookie] = (await new Person().request(test.at('/auth/login'))).headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-.*; Secure; SameSite=None; Partitioned$/);
    } finally {
      await test.stop();
    }
  });

  it.each([
    [{ session: { cookie: { sameSite: 'none' } } }, 'session.cookie.sameSite "none" needs an https appBaseUrl'],
    [
      { appBaseUrl: 'https://app.example.com', session: { cookie: { name: 'sid' } } },
      'session.cookie.name "sid" must begin with "__Host-" on https: "__Host-sid"',
    ],
  ])('is looked at when the application starts: %o', async (options, problem) => {
    await expect(TestApp.start('Express', { options: options as object })).rejects.toThrow(problem);
  });
});
