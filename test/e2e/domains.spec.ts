import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { decodeJwt } from 'jose';
import {
  ConnectedAccountsService,
  CurrentSession,
  LoginService,
  SessionGuard,
  SessionService,
  type Auth0ConnectOptions,
  type LoginSession,
} from 'nestjs-auth0-connect';
import type { RecordedRequest } from 'auth0-local-tenant';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorCodeOf, someUsers } from '../support/flows.js';
import { Person, type Answer, type RequestOptions } from '../support/person.js';
import { adapters, CALENDAR_SCOPE, CLIENT, freePort, TestApp } from '../support/test-app.js';

@Controller('tokens')
@UseGuards(SessionGuard)
class TokensController {
  constructor(@Inject(LoginService) private readonly logins: LoginService) {}

  @Get()
  async token(@CurrentSession() session: LoginSession): Promise<{ token: string }> {
    const { accessToken } = await this.logins.getAccessToken(session, { scope: 'read:events' });
    return { token: accessToken };
  }
}

/** Somebody whose requests to the application say which of its brands they are for. */
class BrandPerson extends Person {
  constructor(
    private readonly app: () => string,
    public brand: string,
  ) {
    super();
  }

  override request(url: string | URL, options: RequestOptions = {}): Promise<Answer> {
    const isForApp = new URL(url).origin === this.app();
    return super.request(url, {
      ...options,
      headers: { ...options.headers, ...(isForApp && { 'x-brand': this.brand }) },
    });
  }
}

describe.each(adapters)('two custom domains of a tenant on %s', (adapter) => {
  let test: TestApp;
  let domains: Record<string, string>;
  const users = someUsers().map(({ userId }) => userId);
  beforeAll(async () => {
    const port = await freePort();
    domains = { blue: `http://localhost:${port}`, green: `http://127.0.0.1:${port}` };
    const domain: Auth0ConnectOptions['domain'] = {
      allowed: Object.values(domains),
      resolve: ({ headers }) => {
        const brand = String(headers['x-brand']);
        return brand === 'unclear' ? (undefined as unknown as string) : (domains[brand] ?? brand);
      },
    };
    test = await TestApp.start(adapter, {
      tenant: { port, customDomains: ['127.0.0.1'], users: someUsers() },
      options: { domain },
      controllers: [TokensController],
    });
  });
  afterAll(() => test?.stop());
  /** Requests before this one are of another test. */
  let start = 0;
  beforeEach(() => {
    start = test.control.requests.length;
  });

  const someone = (brand: string): BrandPerson => new BrandPerson(() => test.url, brand);
  const callsSinceStart = (...kinds: RecordedRequest['kind'][]): RecordedRequest[] =>
    test.control.requests.slice(start).filter(({ kind }) => kinds.includes(kind));
  const hostsOf = (kind: RecordedRequest['kind']): string[] => [
    ...new Set(callsSinceStart(kind).map(({ headers }) => `http://${String(headers.host)}`)),
  ];
  const profileOf = (person: Person): Promise<Answer> => person.request(test.at('/auth/profile'));

  it.each(['blue', 'green'])('keeps every call of a session at its own one, %s', async (brand) => {
    const person = someone(brand);
    await test.logIn(users.pop(), person);
    await test.connect(person, 'google-oauth2', {}, `&scopes=${encodeURIComponent(CALENDAR_SCOPE)}`);
    expect((await person.request(test.at('/calendar'))).status).toBe(200);
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
    const { token } = (await person.request(test.at('/tokens'))).json<{ token: string }>();
    const logout = await person.request(test.at('/auth/logout'), { method: 'POST' });

    const issuer = `${domains[brand]}/`;
    const kinds = ['authorize', 'code', 'refresh', 'connect', 'complete', 'exchange', 'accounts'] as const;
    expect(kinds.map((kind) => [kind, ...hostsOf(kind)])).toEqual(kinds.map((kind) => [kind, domains[brand]]));
    const audiences = callsSinceStart('refresh').map(({ body }) => (body as { audience?: string }).audience);
    expect(audiences).toContain(`${issuer}me/`);
    expect(decodeJwt(token).iss).toBe(issuer);
    expect(logout.location?.startsWith(`${issuer}oidc/logout`)).toBe(true);
    expect(decodeJwt(new URL(logout.location ?? '').searchParams.get('id_token_hint') ?? '').iss).toBe(issuer);
  });

  it('makes a session of one domain none at the other', async () => {
    const person = someone('blue');
    await test.logIn(users.pop(), person);
    expect((await profileOf(person)).status).toBe(200);

    person.brand = 'green';
    expect((await profileOf(person)).status).toBe(401);
    expect((await person.request(test.at('/calendar/open'))).json()).toEqual({ name: 'stranger' });
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(401);

    person.brand = 'blue';
    expect((await profileOf(person)).status, 'and leaves it as it is').toBe(200);
  });

  it('takes the same user at the other domain for somebody else', async () => {
    const userId = users.pop() ?? '';
    const blue = await test.logIn(userId, someone('blue'));
    const green = await test.logIn(userId, someone('green'));
    test.control.connectAccount(userId, 'google-oauth2', { scopes: [CALENDAR_SCOPE] });
    test.control.resetCounts();
    for (const person of [blue, green]) expect((await person.request(test.at('/calendar'))).status).toBe(200);
    expect(test.control.count('exchange'), 'no token goes over').toBe(2);
    expect(await test.app.get(SessionService).listSessions(userId)).toHaveLength(2);

    const token = await test.control.logoutToken({ iss: `${domains.green}/`, aud: CLIENT.clientId, sub: userId });
    const body = new URLSearchParams({ logout_token: token });
    const answer = await new Person().request(test.at('/auth/backchannel-logout'), { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect((await profileOf(blue)).status).toBe(200);
    expect((await profileOf(green)).status).toBe(401);
  });

  it('finds a connect link at the domain it was made at alone, also for its own user', async () => {
    const userId = users.pop() ?? '';
    const blue = await test.logIn(userId, someone('blue'));
    const [session] = (await test.app.get(SessionService).listSessions(userId)) as [LoginSession];
    const green = await test.logIn(userId, someone('green'));
    const accounts = test.app.get(ConnectedAccountsService);
    const { id, url } = await accounts.createConnectLink(session, { connection: 'github' });
    test.control.resetCounts();

    for (const person of [green, someone('green')]) {
      const answer = await person.request(url);
      expect([answer.status, errorCodeOf(answer)]).toEqual([404, 'connect_link_not_found']);
    }
    expect(test.control.count('connect'), 'nothing is begun').toBe(0);
    expect((await accounts.connectLinkStatus(session, id)).status).toBe('pending');

    const done = await blue.submit(await blue.open(url), { action: 'approve' });
    expect(done.status).toBe(200);
    expect((await accounts.connectLinkStatus(session, id)).status).toBe('connected');
  });

  it('completes a login at the domain it was begun at, wherever the callback comes in', async () => {
    const person = someone('green');
    const page = await person.open(test.at('/auth/login?returnTo=/calendar/open'), {
      until: test.at('/auth/callback'),
    });
    expect(page.url.startsWith(domains.green ?? '')).toBe(true);
    const back = await person.submit(
      page,
      { user: users.pop() ?? '', action: 'login' },
      { until: test.at('/auth/callback') },
    );
    test.control.resetCounts();
    person.brand = 'blue';

    expect((await person.request(back.location ?? '')).status).toBe(302);

    expect(hostsOf('code')).toEqual([domains.green]);
    expect((await profileOf(person)).status, 'a session of the green domain').toBe(401);
    person.brand = 'green';
    expect((await profileOf(person)).status).toBe(200);
  });

  it('refuses a callback that is of the other issuer', async () => {
    const person = someone('green');
    const page = await person.open(test.at('/auth/login'), { until: test.at('/auth/callback') });
    const back = await person.submit(
      page,
      { user: users.pop() ?? '', action: 'login' },
      { until: test.at('/auth/callback') },
    );
    const callback = new URL(back.location ?? '');
    callback.searchParams.set('iss', `${domains.blue}/`);
    const answer = await person.request(callback);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect((await profileOf(person)).status).toBe(401);
  });

  it('sends somebody without a session to the domain of the request for the logout', async () => {
    const answer = await someone('green').request(test.at('/auth/logout'), { method: 'POST' });
    expect(answer.location?.startsWith(`${domains.green}/`)).toBe(true);
  });

  it.each([
    'https://evil.example',
    'evil.example',
    'http://localhost:1',
    'http://localhost.evil.example',
    '//',
    'unclear',
    '',
  ])('refuses a resolver that gives "%s"', async (brand) => {
    const known = someone('blue');
    await test.logIn('auth0|alice', known);
    known.brand = brand;
    start = test.control.requests.length;

    const login = await someone(brand).request(test.at('/auth/login'));
    expect(login.status).toBe(400);
    expect(errorCodeOf(login)).toBe('invalid_request');
    expect(login.text).not.toContain('evil');
    expect((await profileOf(known)).status).toBe(400);
    expect(test.control.requests.slice(start), 'Auth0 is not asked').toEqual([]);

    known.brand = 'blue';
    expect((await profileOf(known)).status).toBe(200);
  });
});

describe('a domain as the resolver may write it', () => {
  let test: TestApp;
  let written = '';
  beforeAll(async () => {
    const port = await freePort();
    const allowed = [`http://localhost:${port}`];
    written = `http://LOCALHOST:${port}/`;
    test = await TestApp.start('Express', {
      tenant: { port },
      options: { domain: { allowed, resolve: async () => written } },
    });
  });
  afterAll(() => test?.stop());

  it('is the same one in another case and with a slash', async () => {
    const person = await test.logIn();
    expect((await person.request(test.at('/auth/profile'))).status).toBe(200);
  });
});
