import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AS_A_PAGE, errorCodeOf, isLoggedIn, lastRequest, pendingLogin, someUsers } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, CLIENT, TestApp } from '../support/test-app.js';

const PAGE = '<html><script>alert(1)</script></html>';

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

describe.each(adapters)("Auth0's answers to a login on %s", (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(60) } });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    person = new Person();
    user = `auth0|person${count++}`;
  });
  afterEach(() => vi.useRealTimers());

  /** Signed by the tenant, right but for these claims. */
  const idToken = (claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> =>
    test.control.logoutToken(
      { aud: CLIENT.clientId, sub: user, nonce: nonceOf(), jti: undefined, events: undefined, ...claims },
      { typ: 'JWT', ...header },
    );
  const nonceOf = (): unknown =>
    test.control.requests.findLast(({ kind, query }) => kind === 'authorize' && query.nonce !== undefined)?.query.nonce;

  it('take an ID token as it should be, which shows that the next tests are right', async () => {
    const callback = await pendingLogin(test, person, { user });
    const token = await idToken({ name: 'Minted' });
    test.control.rewriteNext('code', (body) => ({ ...body, id_token: token }));

    expect((await person.request(callback)).status).toBe(302);
    expect((await person.request(test.at('/auth/profile'))).json()).toEqual({ sub: user, name: 'Minted' });
  });

  const wrong: [string, () => Record<string, unknown>, Record<string, unknown>?][] = [
    ['another nonce', () => ({ nonce: 'another' })],
    ['no nonce', () => ({ nonce: undefined })],
    ['another audience', () => ({ aud: 'another-client' })],
    ['several audiences and another party', () => ({ aud: [CLIENT.clientId, 'x'], azp: 'x' })],
    ['another issuer', () => ({ iss: 'https://evil.example/' })],
    ['no subject', () => ({ sub: undefined })],
    ['a subject that is no text', () => ({ sub: 7 })],
    ['an end in the past', () => ({ exp: seconds() - 3600, iat: seconds() - 7200 })],
    ['no end', () => ({ exp: undefined })],
    ['a key that nobody has', () => ({}), { kid: 'unknown' }],
  ];

  it.each(wrong)('are refused when the ID token has %s', async (_what, claims, header) => {
    const callback = await pendingLogin(test, person, { user });
    const token = await idToken(claims(), header);
    test.control.rewriteNext('code', (body) => ({ ...body, id_token: token }));

    const page = await person.request(callback, { headers: AS_A_PAGE });
    const second = await pendingLogin(test, person, { user });
    const again = await idToken(claims(), header);
    test.control.rewriteNext('code', (body) => ({ ...body, id_token: again }));
    const answer = await person.request(second);

    expect(page.headers.get('location')).toBe('/calendar/open?auth0_connect_error=invalid_auth0_response');
    expect(answer.status).toBe(502);
    expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
    expect([...page.headers.getSetCookie(), ...answer.headers.getSetCookie()]).toEqual([]);
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('are refused when the ID token was not signed by the tenant', async () => {
    const callback = await pendingLogin(test, person, { user });
    const [header, , signature] = (await idToken({})).split('.');
    const claims = {
      iss: test.tenant.issuer,
      aud: CLIENT.clientId,
      sub: 'auth0|alice',
      nonce: nonceOf(),
      iat: seconds(),
      exp: seconds() + 600,
    };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    test.control.rewriteNext('code', (body) => ({ ...body, id_token: `${header}.${payload}.${signature}` }));
    const forged = await person.request(callback);
    const second = await pendingLogin(test, person, { user });
    test.control.rewriteNext('code', (body) => ({ ...body, id_token: `${none}.${payload}.` }));
    const unsigned = await person.request(second);

    for (const answer of [forged, unsigned]) {
      expect(answer.status).toBe(502);
      expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
    }
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it.each([
    ['no ID token', { id_token: undefined }],
    ['an ID token that is none', { id_token: 'x.y.z' }],
    ['an ID token that is no text', { id_token: {} }],
    ['no access token', { access_token: undefined }],
    ['an access token that is no text', { access_token: [] }],
    ['a refresh token that is no text', { refresh_token: 7 }],
    ['no token type', { token_type: undefined }],
    ['a scope that is no text', { scope: {} }],
  ])('are refused when there is %s', async (_what, lie) => {
    const callback = await pendingLogin(test, person, { user });
    test.control.rewriteNext('code', (body) => ({ ...body, ...lie }));

    const answer = await person.request(callback);

    expect(answer.status).toBe(502);
    expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it.each([
    ['503', { status: 503 }, 503, 'auth0_unavailable'],
    ['a page of a gateway', { status: 502, body: PAGE, contentType: 'text/html' }, 503, 'auth0_unavailable'],
    ['a page as success', { status: 200, body: PAGE, contentType: 'text/html' }, 502, 'invalid_auth0_response'],
    ['429', { status: 429, headers: { 'retry-after': '60' } }, 429, 'rate_limited'],
    ['a wrong client', { status: 401, body: { error: 'invalid_client' } }, 502, 'auth0_misconfigured'],
    [
      'invalid_grant',
      { status: 403, body: { error: 'invalid_grant', error_description: PAGE } },
      400,
      'invalid_callback',
    ],
    [
      'a refusal by a rule',
      { status: 403, body: { error: 'access_denied', error_description: PAGE } },
      403,
      'access_denied',
    ],
  ])('are passed on: %s', async (_what, scripted, status, errorCode) => {
    const callback = await pendingLogin(test, person, { user });
    test.control.failNext('code', scripted);

    const answer = await person.request(callback);

    expect(answer.status).toBe(status);
    expect(errorCodeOf(answer)).toBe(errorCode);
    expect(answer.text).not.toContain('script');
    expect(await isLoggedIn(test, person)).toBe(false);

    const second = await pendingLogin(test, person, { user });
    test.control.failNext('code', scripted);
    const page = await person.request(second, { headers: AS_A_PAGE });
    expect(page.headers.get('location'), 'a person').toBe(`/calendar/open?auth0_connect_error=${errorCode}`);
  });

  it('leave the session alone when a second login fails', async () => {
    await test.logIn(user, person);
    const callback = await pendingLogin(test, person, { user });
    test.control.failNext('code', { status: 503 });

    expect((await person.request(callback)).status).toBe(503);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('log in without a refresh token where none was given, and say what is missing when one is needed', async () => {
    const callback = await pendingLogin(test, person, { user });
    test.control.rewriteNext('code', (body) => ({ ...body, refresh_token: undefined }));
    expect((await person.request(callback)).status).toBe(302);

    const answer = await person.request(test.at('/calendar'));

    expect(answer.status).toBe(403);
    expect(errorCodeOf(answer)).toBe('missing_refresh_token');
    expect(lastRequest(test, 'code').status).toBe(200);
  });

  it('may set an earlier end to the session', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    test.control.idTokenClaims(user, { session_expiry: seconds() + 600 });
    await test.logIn(user, person);
    vi.setSystemTime(Date.now() + 590_000);
    expect(await isLoggedIn(test, person)).toBe(true);
    vi.setSystemTime(Date.now() + 11_000);
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('may name a key that is new since the last login', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await test.logIn(user);
    await test.control.signingKeys.rotate();
    vi.setSystemTime(Date.now() + 61_000); // keys are fetched once a minute at most
    const again = await test.logIn(user);
    expect(await isLoggedIn(test, again)).toBe(true);
  });

  it('do not keep a session: it ends after a day without a request, and after three days', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const hour = 3_600_000;
    const idle = await test.logIn(user);
    await test.logIn(user, person);
    for (let hours = 0; hours < 66; hours += 11) {
      vi.setSystemTime(Date.now() + 11 * hour);
      expect(await isLoggedIn(test, person), `after ${hours + 11} hours of use`).toBe(true);
    }
    expect(await isLoggedIn(test, idle), 'without use').toBe(false);
    vi.setSystemTime(Date.now() + 7 * hour);
    expect(await isLoggedIn(test, person), 'after three days').toBe(false);
  });
});
