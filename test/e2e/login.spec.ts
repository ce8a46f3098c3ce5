import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  errorCodeOf,
  isLoggedIn,
  lastRequest,
  pendingLogin,
  someUsers,
  unknownToken,
  watch,
} from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, TestApp } from '../support/test-app.js';

const COOKIE = 'auth0_connect_session';
const TOKEN = /^[\w-]{43}$/;

describe.each(adapters)('a login on %s', (adapter) => {
  let test: TestApp;
  let person: Person;

  beforeAll(async () => {
    const organization = {
      id: 'org_acme',
      name: 'acme',
      members: ['auth0|alice'],
      invitations: { inv_1: 'bob@example.com' },
    };
    test = await TestApp.start(adapter, { tenant: { users: someUsers(), organizations: [organization] } });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    person = new Person();
  });

  const startOf = async (query: string): Promise<URLSearchParams> => {
    const answer = await person.request(test.at(`/auth/login?${query}`));
    expect(answer.status).toBe(302);
    const target = new URL(answer.location ?? '');
    expect(target.origin + target.pathname).toBe(`${test.tenant.domain}/authorize`);
    return target.searchParams;
  };

  it('asks for a code with PKCE, state and nonce, new ones each time', async () => {
    const [first, second] = [await startOf(''), await startOf('')];

    expect(Object.fromEntries(first)).toEqual({
      response_type: 'code',
      client_id: 'test-client',
      redirect_uri: test.at('/auth/callback'),
      scope: 'openid profile email offline_access',
      audience: API_AUDIENCE,
      state: expect.stringMatching(TOKEN),
      nonce: expect.stringMatching(TOKEN),
      code_challenge: expect.stringMatching(TOKEN),
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(first.get(name)).not.toBe(second.get(name));
  });

  it.each([
    ['connection', 'google-oauth2'],
    ['organization', 'org_acme'],
    ['login_hint', 'bob@example.com'],
    ['screen_hint', 'signup'],
    ['prompt', 'login'],
    ['ui_locales', 'de fr-CA'],
  ])('hands %s on to Auth0', async (name, value) => {
    const page = await person.open(test.at(`/auth/login?${new URLSearchParams({ [name]: value }).toString()}`));

    expect(page.status).toBe(200);
    expect(lastRequest(test, 'authorize').query[name]).toBe(value);
  });

  it('hands an invitation on with its organization, and the person is in', async () => {
    const page = await person.open(
      test.at('/auth/login?organization=org_acme&invitation=inv_1&returnTo=/auth/profile'),
    );
    expect(lastRequest(test, 'authorize').query).toMatchObject({ organization: 'org_acme', invitation: 'inv_1' });

    const done = await person.submit(page, { user: 'auth0|bob', action: 'login' });

    expect(done.json()).toMatchObject({ sub: 'auth0|bob', org_id: 'org_acme', org_name: 'acme' });
  });

  it('takes no other parameter from a link', async () => {
    const sent = await startOf(
      'audience=https://evil.example&scope=openid+admin&redirect_uri=https://evil.example&state=x&nonce=x&client_id=x&response_mode=fragment&claims=x&display=popup',
    );
    expect([...sent.keys()].toSorted()).toEqual([
      'audience',
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'nonce',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ]);
    expect(sent.get('audience')).toBe(API_AUDIENCE);
    expect(sent.get('redirect_uri')).toBe(test.at('/auth/callback'));
    expect(sent.get('scope')).toBe('openid profile email offline_access');
    expect(sent.get('state')).toMatch(TOKEN);
  });

  it.each(['connection=a&connection=b', `login_hint=${'x'.repeat(5000)}`, 'prompt=%00', 'ui_locales=a%0d%0ab'])(
    'refuses a parameter that is repeated, too long or holds control characters: %s',
    async (query) => {
      const answer = await person.request(test.at(`/auth/login?${query}`));
      expect(answer.status).toBe(400);
      expect(errorCodeOf(answer)).toBe('invalid_request');
      expect(answer.headers.getSetCookie()).toEqual([]);
    },
  );

  it('shows Auth0 the verifier of its challenge and the same redirect URI', async () => {
    await person.request(await pendingLogin(test, person));

    const { query } = lastRequest(test, 'authorize');
    const { body } = lastRequest(test, 'code');
    expect(createHash('sha256').update(String(body.code_verifier)).digest('base64url')).toBe(
      test.control.requests.findLast((request) => request.query.code_challenge !== undefined)?.query.code_challenge,
    );
    expect(body.redirect_uri).toBe(query.redirect_uri ?? test.at('/auth/callback'));
  });

  it('sets an opaque cookie, HttpOnly and SameSite=Lax, that tells nothing and is not cached', async () => {
    const answer = await person.request(await pendingLogin(test, person));

    const cookie = answer.headers.getSetCookie().find((header) => header.startsWith(`${COOKIE}=`)) ?? '';
    const [pair, ...attributes] = cookie.split('; ');
    expect(pair?.slice(COOKIE.length + 1)).toMatch(TOKEN);
    expect(attributes.map((attribute) => attribute.toLowerCase())).toEqual(
      expect.arrayContaining(['httponly', 'samesite=lax', 'path=/', expect.stringMatching(/^max-age=2591\d\d$/)]),
    );
    expect(cookie).not.toMatch(/secure|domain/i);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect((await person.request(test.at('/auth/login'))).headers.get('cache-control')).toBe('private, no-store');
  });

  it('keeps the cookie as it is whatever the person connects', async () => {
    await test.logIn('auth0|person1', person);
    const before = person.cookieHeader(new URL(test.url));
    for (const connection of ['google-oauth2', 'github', 'slack']) await test.connect(person, connection);
    expect((await person.request(test.at('/calendar/both'))).status).toBe(200);

    expect(test.control.accounts('auth0|person1')).toHaveLength(3);
    const cookies = person.cookieHeader(new URL(test.url)).split('; ');
    expect(cookies).toContain(before.split('; ').find((cookie) => cookie.startsWith(`${COOKIE}=`)));
  });

  it('begins a new session each time, and the one before is dead', async () => {
    await test.logIn('auth0|alice', person);
    const first = person.cookie(test.url, COOKIE) ?? '';
    await test.logIn('auth0|alice', person);
    const second = person.cookie(test.url, COOKIE);

    expect(first).toMatch(TOKEN);
    expect(second).toMatch(TOKEN);
    expect(second).not.toBe(first);
    const thief = new Person();
    thief.plantCookie(test.url, COOKIE, first);
    expect(await isLoggedIn(test, thief)).toBe(false);
  });

  it('does not take over a session id that somebody planted', async () => {
    const planted = unknownToken();
    person.plantCookie(test.url, COOKIE, planted);

    await test.logIn('auth0|alice', person);

    expect(person.cookie(test.url, COOKIE)).not.toBe(planted);
    const attacker = new Person();
    attacker.plantCookie(test.url, COOKIE, planted);
    expect(await isLoggedIn(test, attacker)).toBe(false);
  });

  it('ends a planted session of somebody else and shows nothing of it to them', async () => {
    const attacker = await test.logIn('auth0|bob');
    person.plantCookie(test.url, COOKIE, attacker.cookie(test.url, COOKIE) ?? '');

    await test.logIn('auth0|alice', person);

    expect((await person.request(test.at('/auth/profile'))).json()).toMatchObject({ sub: 'auth0|alice' });
    expect(await isLoggedIn(test, attacker)).toBe(false);
  });

  it.each([[[0, 1]], [[1, 0]]])('completes logins of two tabs in the order %o', async (order) => {
    const tabs = [
      await pendingLogin(test, person, { returnTo: '/calendar/open?tab=0' }),
      await pendingLogin(test, person, { returnTo: '/calendar/open?tab=1' }),
    ];

    for (const tab of order) {
      const answer = await person.request(tabs[tab] ?? '');
      expect(answer.headers.get('location')).toBe(`/calendar/open?tab=${tab}`);
    }

    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('needs no more of the session than its cookie: other cookies and broken ones do not matter', async () => {
    await test.logIn('auth0|alice', person);
    const cookie = `a=%E0%A4%A; =; ;; ${COOKIE}x=1; x${COOKIE}=2; "quoted"=;${COOKIE}=${person.cookie(test.url, COOKIE)}; z`;
    const answer = await new Person().request(test.at('/auth/profile'), { headers: { cookie } });
    expect(answer.status).toBe(200);
  });

  it.each([
    '',
    'x',
    '%E0%A4%A',
    'x'.repeat(42),
    'x'.repeat(4000),
    "' OR '1'='1",
    '"'.repeat(43),
    '../'.repeat(14),
    'null',
    '{}',
  ])('takes a cookie that is no session id for no session: %s', async (value) => {
    const headers = { cookie: `${COOKIE}=${value}; ${COOKIE}.login.0a1b2c3d=${value}` };
    const { answer, calls } = await watch(test, () => new Person().request(test.at('/auth/profile'), { headers }));
    const login = await new Person().request(test.at('/auth/login'), { headers });

    expect(answer.status).toBe(401);
    expect(errorCodeOf(answer)).toBe('login_required');
    expect(calls).toEqual({});
    expect(login.status).toBe(302);
    expect(login.headers.getSetCookie().join()).toMatch(/\.login\.[0-9a-f]{8}=[\w-]{43};/);
  });
});
