import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AS_A_PAGE, errorCodeOf, isLoggedIn, lastRequest, someUsers, watch } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const CROSS_SITE = [
  ['Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
  ['Origin where the browser says nothing else', { origin: 'https://evil.example' }],
  ['an opaque Origin', { origin: 'null' }],
] as const;

/** The body of the last request to connect an account. */
function sentBy(test: TestApp): Record<string, unknown> {
  return lastRequest(test, 'connect').body;
}

describe.each(adapters)('the routes on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(80) } });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });

  const open = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    person.request(test.at(path), { headers });

  describe('profile', () => {
    it('gives the claims about the user and none about the token', async () => {
      const answer = await open('/auth/profile');

      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      const claims = answer.json();
      expect(claims).toMatchObject({ sub: user, name: expect.any(String), email: `${user.slice(6)}@example.com` });
      for (const name of ['iss', 'aud', 'exp', 'iat', 'nonce', 'sid', 'at_hash'])
        expect(claims).not.toHaveProperty(name);
    });

    it.each(['/auth/profile', '/auth/accounts', '/auth/connections', '/auth/connect/github'])(
      'and every other route for a user answers an anonymous request with 401: %s',
      async (path) => {
        const { answer, calls } = await watch(test, () => new Person().request(test.at(path)));

        expect(answer.status).toBe(401);
        expect(answer.json()).toMatchObject({ statusCode: 401, errorCode: 'login_required' });
        expect(calls).toEqual({});
      },
    );
  });

  describe('logout', () => {
    it.each(['GET', 'POST'])('by %s ends the session here and leads to the logout of Auth0', async (method) => {
      const cookie = person.cookie(test.url, 'auth0_connect_session') ?? '';
      const answer = await person.request(test.at('/auth/logout'), { method });

      expect(answer.status).toBe(302);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      const target = new URL(answer.location ?? '');
      expect(target.origin + target.pathname).toBe(`${test.tenant.domain}/oidc/logout`);
      expect(target.searchParams.get('post_logout_redirect_uri')).toBe(test.url);
      expect(target.searchParams.get('client_id')).toBe('test-client');
      expect(target.searchParams.get('id_token_hint')).toMatch(/^ey/);
      expect(person.cookie(test.url, 'auth0_connect_session')).toBeUndefined();
      person.plantCookie(test.url, 'auth0_connect_session', cookie);
      expect(await isLoggedIn(test, person), 'the old cookie is worth nothing').toBe(false);
    });

    it('takes a form of the application itself', async () => {
      const headers = { 'sec-fetch-site': 'same-origin', origin: test.url };
      const body = new URLSearchParams({ any: 'field' });
      const answer = await person.request(test.at('/auth/logout'), { method: 'POST', headers, body });
      expect(answer.status).toBe(302);
    });

    it('leads to Auth0 also when nobody is logged in', async () => {
      const answer = await new Person().request(test.at('/auth/logout'), { method: 'POST' });
      expect(answer.status).toBe(302);
      expect(answer.location).toContain('/oidc/logout');
    });

    it.each(CROSS_SITE.flatMap(([name, headers]) => ['GET', 'POST'].map((method) => [method, name, headers] as const)))(
      'by %s is refused when another site has set it off, told by %s',
      async (method, _name, headers) => {
        const answer = await person.request(test.at('/auth/logout'), { method, headers });

        expect(answer.status).toBe(403);
        expect(errorCodeOf(answer)).toBe('cross_site_request');
        expect(await isLoggedIn(test, person)).toBe(true);
      },
    );

    it('answers a malformed body without a 500 and without an end', async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await person.request(test.at('/auth/logout'), { method: 'POST', headers, body: '{"a' });
      expect(answer.status).toBe(400);
      expect(await isLoggedIn(test, person)).toBe(true);
    });
  });

  describe('connect', () => {
    it('sends what is needed and nothing that was not asked for', async () => {
      test.control.rewriteNext('connect', (body) => ({
        ...body,
        connect_uri: `${String(body.connect_uri)}?connection=github`,
      }));
      const answer = await open('/auth/connect/github');

      expect(answer.status).toBe(302);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      expect(sentBy(test)).toEqual({
        connection: 'github',
        redirect_uri: test.at('/auth/callback'),
        state: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge_method: 'S256',
      });
      const target = new URL(answer.location ?? '');
      expect(target.searchParams.get('connection'), 'what the address had already').toBe('github');
      expect(target.searchParams.getAll('ticket')).toHaveLength(1);
    });

    it.each([
      ['scopes', 'scopes=repo&scopes=read:user', { scopes: ['repo', 'read:user'] }],
      ['one scope', 'scopes=repo', { scopes: ['repo'] }],
      ['a scope twice', 'scopes=repo&scopes=repo', { scopes: ['repo'] }],
      ['login_hint', 'login_hint=a%40b.example', { authorization_params: { login_hint: 'a@b.example' } }],
      ['prompt', 'prompt=consent', { authorization_params: { prompt: 'consent' } }],
      ['max_age as a number', 'max_age=0', { authorization_params: { max_age: 0 } }],
      [
        'all of them',
        'scopes=repo&login_hint=x&prompt=select_account&max_age=3600',
        { scopes: ['repo'], authorization_params: { login_hint: 'x', prompt: 'select_account', max_age: 3600 } },
      ],
    ])('sends %s as documented', async (_what, query, expected) => {
      expect((await open(`/auth/connect/github?${query}`)).status).toBe(302);
      const { scopes, authorization_params: params } = sentBy(test);
      expect({
        ...(scopes !== undefined && { scopes }),
        ...(params !== undefined && { authorization_params: params }),
      }).toEqual(expected);
    });

    it.each(['scopes=', 'login_hint=', 'prompt=', 'max_age='])('leaves an empty parameter out: %s', async (query) => {
      expect((await open(`/auth/connect/github?${query}`)).status).toBe(302);
      expect(sentBy(test)).not.toHaveProperty('scopes');
      expect(sentBy(test)).not.toHaveProperty('authorization_params');
    });

    it('ignores every other parameter', async () => {
      const query =
        'access_type=offline&audience=x&redirect_uri=https://evil.example&state=x&acr_values=x&authorization_params=x';
      expect((await open(`/auth/connect/github?${query}`)).status).toBe(302);
      expect(Object.keys(sentBy(test)).toSorted()).toEqual([
        'code_challenge',
        'code_challenge_method',
        'connection',
        'redirect_uri',
        'state',
      ]);
      expect(sentBy(test).redirect_uri).toBe(test.at('/auth/callback'));
    });

    it.each([
      'max_age=soon',
      'max_age=-1',
      'max_age=1.5',
      'max_age=1e3',
      'max_age=2147483648',
      'max_age=1&max_age=2',
      'prompt=everything',
      'prompt=login&prompt=none',
      `login_hint=${'x'.repeat(256)}`,
      'login_hint=a&login_hint=b',
      `scopes=${'s'.repeat(256)}`,
      'scopes=a%22b',
      'scopes=%00',
      `scopes=${Array.from({ length: 101 }, (_, i) => i).join('+')}`,
    ])('refuses what Auth0 would refuse without asking it: %s', async (query) => {
      const { answer, calls } = await watch(test, () => open(`/auth/connect/github?${query}`));

      expect(answer.status).toBe(400);
      expect(errorCodeOf(answer)).toBe('invalid_request');
      expect(calls).toEqual({});
    });

    it.each(['nope', 'no%20such', '..%2fusers', '%3Cscript%3E'])(
      'answers an unknown connection with 400: %s',
      async (connection) => {
        const answer = await open(`/auth/connect/${connection}`, AS_A_PAGE);
        expect(answer.status).toBe(400);
        expect(errorCodeOf(answer)).toBe('auth0_refused');
        expect(answer.text).not.toContain('script');
      },
    );

    it.each(['%00', 'x%0Ay', 'x'.repeat(129)])(
      'answers what cannot be a connection with 400 and no call: %s',
      async (connection) => {
        const { answer, calls } = await watch(test, () => open(`/auth/connect/${connection}`));
        expect([400, 404, 414]).toContain(answer.status);
        expect(calls).toEqual({});
      },
    );

    it('answers malformed percent-encoding with 400', async () => {
      expect((await open('/auth/connect/%E0%A4%A')).status).toBe(400);
    });

    it.each(CROSS_SITE)('is refused when another site has set it off, told by %s', async (_name, headers) => {
      const { answer, calls } = await watch(test, () => open('/auth/connect/github', headers));

      expect(answer.status).toBe(403);
      expect(errorCodeOf(answer)).toBe('cross_site_request');
      expect(calls).toEqual({});
    });

    it.each(['none', 'same-origin'])(
      'works from an address that was typed and from a page of its own: %s',
      async (site) => {
        expect((await open('/auth/connect/github', { 'sec-fetch-site': site })).status).toBe(302);
      },
    );
  });
});
