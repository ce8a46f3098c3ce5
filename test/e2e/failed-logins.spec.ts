import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  changed,
  errorCodeOf,
  isLoggedIn,
  NAVIGATION_FROM_ELSEWHERE,
  pendingLogin,
  someUsers,
  storedRows,
  withoutTable,
} from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, CLIENT, TestApp } from '../support/test-app.js';

const HTML = '<html><script>alert(1)</script></html>';

interface Failure {
  because: string;
  prepare?: () => Promise<void> | void;
  /** Around the request to the callback. */
  during?: (request: () => Promise<Answer>) => Promise<Answer>;
  /** Parameters of the callback that are others. */
  callback?: Record<string, string | undefined>;
  /** More parameters for the start of the login. */
  start?: string;
  status: number;
  code: string;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

describe.each(adapters)('a login that fails at the callback on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    const users = someUsers(100);
    const members = users.map(({ userId }) => userId);
    test = await TestApp.start(adapter, {
      tenant: { users, organizations: [{ id: 'org_acme', name: 'acme', members }] },
    });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    user = `auth0|person${count++}`;
    person = new Person();
  });
  afterEach(() => vi.useRealTimers());

  const fail = (status: number, body?: unknown) => (): void =>
    test.control.failNext('code', { status, body, ...(status === 429 && { headers: { 'retry-after': '60' } }) });
  /** An ID token that is signed by the tenant, and right but for these claims. */
  const identify = (claims: () => Record<string, unknown>) => async (): Promise<void> => {
    const nonce = test.control.requests.findLast(({ query }) => query.nonce !== undefined)?.query.nonce;
    const token = await test.control.logoutToken(
      { aud: CLIENT.clientId, sub: user, nonce, jti: undefined, events: undefined, ...claims() },
      { typ: 'JWT' },
    );
    test.control.rewriteNext('code', (body) => ({ ...body, id_token: token }));
  };

  const failures: Failure[] = [
    {
      because: 'Auth0 refuses the code',
      prepare: fail(403, { error: 'invalid_grant', error_description: HTML }),
      status: 400,
      code: 'invalid_callback',
    },
    {
      because: 'Auth0 refuses the client',
      prepare: fail(401, { error: 'invalid_client' }),
      status: 502,
      code: 'auth0_misconfigured',
    },
    {
      because: 'Auth0 refuses by a rule',
      prepare: fail(403, { error: 'access_denied', error_description: HTML }),
      status: 403,
      code: 'access_denied',
    },
    { because: 'Auth0 limits the requests', prepare: fail(429), status: 429, code: 'rate_limited' },
    { because: 'Auth0 is not there', prepare: fail(503), status: 503, code: 'auth0_unavailable' },
    {
      because: 'Auth0 answers a page',
      prepare: () => test.control.failNext('code', { status: 200, body: HTML, contentType: 'text/html' }),
      status: 502,
      code: 'invalid_auth0_response',
    },
    {
      because: 'the ID token is of another login',
      prepare: identify(() => ({ nonce: 'another' })),
      status: 502,
      code: 'invalid_auth0_response',
    },
    {
      because: 'the ID token does not say when the person logged in',
      prepare: identify(() => ({ auth_time: undefined })),
      start: '&max_age=60',
      status: 502,
      code: 'invalid_auth0_response',
    },
    {
      because: 'the person logged in too long ago',
      prepare: identify(() => ({ auth_time: now() - 3600 })),
      start: '&max_age=60',
      status: 502,
      code: 'invalid_auth0_response',
    },
    {
      because: 'the session would be over before it begins',
      prepare: identify(() => ({ session_expiry: now() - 1 })),
      status: 403,
      code: 'session_expiry_passed',
    },
    {
      because: 'the session would have been over for years',
      prepare: identify(() => ({ session_expiry: 0 })),
      status: 403,
      code: 'session_expiry_passed',
    },
    {
      because: 'the ID token is of another organization',
      prepare: identify(() => ({ org_id: 'org_other' })),
      start: '&organization=org_acme',
      status: 403,
      code: 'organization_mismatch',
    },
    {
      because: 'the person or Auth0 says no',
      callback: { code: undefined, error: 'access_denied', error_description: HTML },
      status: 403,
      code: 'access_denied',
    },
    {
      because: 'an Action says why in its own words',
      callback: { code: undefined, error: 'verify_your_email' },
      status: 403,
      code: 'authorization_failed',
    },
    {
      because: 'another issuer answers',
      callback: { iss: 'https://evil.example/' },
      status: 400,
      code: 'invalid_callback',
    },
    { because: 'there is no code', callback: { code: undefined }, status: 400, code: 'invalid_callback' },
    {
      because: 'the session cannot be stored',
      during: (request) => withoutTable(test, 'sessions', request),
      status: 500,
      code: 'storage_failed',
    },
  ];

  describe.each(failures)('because $because', ({ prepare, during, callback, start, status, code }) => {
    const answer = async (headers: Record<string, string> = {}): Promise<Answer> => {
      const pending = await pendingLogin(test, person, { user, returnTo: '/calendar/open?week=7', query: start });
      await prepare?.();
      const request = (): Promise<Answer> => person.request(changed(pending, callback ?? {}), { headers });
      return during ? during(request) : request();
    };

    it('leads a person to the page they came from, with its code, and begins no session', async () => {
      const { sessions } = await storedRows(test);

      const back = await answer(NAVIGATION_FROM_ELSEWHERE);

      expect(back.status).toBe(302);
      expect(back.headers.get('location')).toBe(`/calendar/open?week=7&auth0_connect_error=${code}`);
      expect(back.headers.getSetCookie()).toEqual([]);
      expect(back.headers.get('cache-control')).toBe('private, no-store');
      expect((await storedRows(test)).sessions).toBe(sessions);
      expect((await person.open(back.location ?? '')).json(), 'the page').toEqual({ name: 'stranger' });
    });

    it('tells a program', async () => {
      const back = await answer();
      expect([back.status, errorCodeOf(back)]).toEqual([status, code]);
      expect(back.headers.getSetCookie()).toEqual([]);
      expect(back.text).not.toContain('script');
    });
  });

  it('leaves the session of an earlier login as it is', async () => {
    await test.logIn(user, person);
    const callback = await pendingLogin(test, person, { user });
    fail(503)();
    const back = await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });
    expect(back.headers.get('location')).toBe('/calendar/open?auth0_connect_error=auth0_unavailable');
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('because the session of an earlier login cannot be ended leaves that one, and no row of a session that nobody holds', async () => {
    await test.logIn(user, person);
    const callback = await pendingLogin(test, person, { user });
    const rows = await storedRows(test);
    const old = 'SELECT id FROM auth0_connect_sessions ORDER BY created_at DESC LIMIT 1';
    const [{ id } = { id: '' }] = await test.database.query<{ id: string }[]>(old);
    await test.database.query(
      `CREATE TRIGGER stays BEFORE DELETE ON auth0_connect_sessions WHEN old.id = '${id}' BEGIN SELECT RAISE(ABORT, 'stays'); END`,
    );
    try {
      const back = await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });
      expect(back.headers.get('location')).toBe('/calendar/open?auth0_connect_error=storage_failed');
      expect(back.headers.getSetCookie()).toEqual([]);
    } finally {
      await test.database.query('DROP TRIGGER stays');
    }
    expect((await storedRows(test)).sessions).toBe(rows.sessions);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('because Auth0 has ended it meanwhile leads a person to the page, and begins no session', async () => {
    const callback = await pendingLogin(test, person, { user });
    const sid = 'a-session-that-ends';
    await identify(() => ({ sid }))();
    const uri = test.at('/auth/backchannel-logout');
    await test.control.sendBackchannelLogout({ clientId: CLIENT.clientId, uri, sid });
    const back = await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });
    expect(back.headers.get('location')).toBe('/calendar/open?auth0_connect_error=login_required');
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('before it is known which one it is leads a person to the root, tells a program, and spends nothing', async () => {
    const callback = await pendingLogin(test, person, { user });
    const [back, program] = await withoutTable(test, 'transactions', async () => [
      await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE }),
      await person.request(callback),
    ]);

    expect([back?.status, back?.headers.get('location')]).toEqual([302, '/?auth0_connect_error=storage_failed']);
    expect(program?.status).toBe(500);
    expect(program?.text).not.toContain('auth0_connect');
    expect((await person.request(callback)).status).toBe(302);
  });

  it('after an hour leads a person to the root', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const callback = await pendingLogin(test, person, { user });
    vi.setSystemTime(Date.now() + 3_601_000);
    const back = await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });
    expect(back.headers.get('location')).toBe('/?auth0_connect_error=invalid_state');
  });

  it.each([
    ['no state, as of a login that was begun at Auth0', 'code=x'],
    ['two states', 'state=a&state=b&code=x'],
    ['more text than any callback has', `state=a&code=${'x'.repeat(9000)}`],
  ])('for it has %s leads a person to a page, and Auth0 is asked nothing', async (_what, query) => {
    const asked = test.control.requests.length;
    const back = await person.request(test.at(`/auth/callback?${query}`), { headers: NAVIGATION_FROM_ELSEWHERE });
    const program = await person.request(test.at(`/auth/callback?${query}`));
    expect(back.headers.get('location')).toMatch(/^\/\?auth0_connect_error=invalid_(state|callback)$/);
    expect(program.status).toBe(400);
    expect(test.control.requests.length).toBe(asked);
  });
});
