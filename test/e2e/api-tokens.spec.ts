import { decodeJwt } from 'jose';
import { LoginService, SessionService, type LoginSession } from 'nestjs-auth0-connect';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lastRequest, someUsers } from '../support/flows.js';
import { adapters, API_AUDIENCE, CALENDAR_SCOPE, CLIENT, TestApp } from '../support/test-app.js';

const ORDERS = 'https://orders.example.com';
const PROFILES = 'https://profiles.example.com';

describe.each(adapters)('API access tokens by one refresh token, on %s', (adapter) => {
  let test: TestApp;
  let logins: LoginService;
  const users = someUsers(60).map(({ userId }) => userId);
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      tenant: {
        users: someUsers(60),
        apis: [
          { identifier: API_AUDIENCE, scopes: ['read:events', 'write:events'] },
          { identifier: ORDERS, scopes: ['read:orders', 'write:orders', 'delete:orders'] },
          { identifier: PROFILES, scopes: ['read:profiles'] },
        ],
      },
    });
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      mrrtPolicies: [
        { audience: 'me/', scopes: ['create', 'read', 'delete'].map((verb) => `${verb}:me:connected_accounts`) },
        { audience: ORDERS, scopes: ['read:orders', 'write:orders'] },
      ],
    });
    logins = test.app.get(LoginService);
  });
  afterAll(() => test?.stop());

  let session: LoginSession;
  beforeEach(async () => {
    const userId = users.pop() ?? '';
    await test.logIn(userId);
    session = (await test.app.get(SessionService).listSessions(userId))[0] as LoginSession;
    test.control.resetCounts();
  });

  const refreshes = (): number => test.control.count('refresh');
  const get = (scope?: string, audience = ORDERS): ReturnType<LoginService['getAccessToken']> =>
    logins.getAccessToken(session, { audience, scope });
  /** What a session holds that nobody but its next refresh shows. */
  const grant = async (): Promise<{ refresh_token: string; id_token: string }> => {
    const rows: { refresh_token: string; id_token: string }[] = await test.app
      .get(DataSource)
      .query(`SELECT refresh_token, id_token FROM auth0_connect_sessions WHERE id = '${session.id}'`);
    return rows[0] as { refresh_token: string; id_token: string };
  };
  const refreshTokenOfLastRequest = (): unknown => lastRequest(test, 'refresh').body.refresh_token;

  it('keeps the one that came with the login', async () => {
    const token = await logins.getAccessToken(session);
    expect(refreshes()).toBe(0);
    expect(token.audience).toBe(API_AUDIENCE);
    expect(token.missingScopes).toEqual([]);
  });

  it('asks once for each audience and set of scopes, in whatever order they are named', async () => {
    const first = await get('read:orders write:orders');
    const second = await get('write:orders read:orders read:orders');
    expect(second.accessToken).toBe(first.accessToken);
    expect(decodeJwt(first.accessToken)).toMatchObject({ sub: session.userId });
    expect(lastRequest(test, 'refresh').body).toMatchObject({ audience: ORDERS, scope: 'read:orders write:orders' });
    expect(refreshes()).toBe(1);
  });

  it('asks once for all who ask at the same time', async () => {
    const tokens = await Promise.all([get('read:orders'), get('read:orders'), get('read:orders')]);
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(refreshes()).toBe(1);
  });

  it('reuses a token that was asked for with more', async () => {
    const more = await get('read:orders write:orders');
    const less = await get('read:orders');
    expect(less.accessToken).toBe(more.accessToken);
    expect(less.missingScopes).toEqual([]);
    expect(refreshes()).toBe(1);
  });

  it('does not reuse one that was asked for with less, or for another audience', async () => {
    const less = await get('read:orders');
    expect((await get('read:orders write:orders')).accessToken).not.toBe(less.accessToken);
    await logins.getAccessToken(session, { scope: 'read:events' });
    expect(refreshes()).toBe(3);
  });

  it('takes no scope for all that Auth0 gives, which one for some scopes is not', async () => {
    await get('read:orders');
    const all = await get();
    expect(all.scopes).toEqual(expect.arrayContaining(['read:orders', 'write:orders']));
    expect((await get('write:orders')).accessToken, 'and it serves each of them').toBe(all.accessToken);
    expect(refreshes()).toBe(2);
  });

  it('remembers a grant of less than was asked for, and tells what is missing', async () => {
    const token = await get('read:orders delete:orders');
    expect(token).toMatchObject({ scopes: ['read:orders'], missingScopes: ['delete:orders'] });
    const again = await get('read:orders delete:orders');
    expect(again.accessToken).toBe(token.accessToken);
    expect(again.missingScopes).toEqual(['delete:orders']);
    const alone = await get('delete:orders');
    expect(alone.missingScopes, 'what was refused would be refused again').toEqual(['delete:orders']);
    expect(refreshes()).toBe(1);
  });

  it('counts a token that is about to expire as expired', async () => {
    test.control.rewriteNext('refresh', (body) => ({ ...body, expires_in: 59 }));
    const old = await get('read:orders');
    expect((await get('read:orders')).expiresAt.getTime()).toBeGreaterThan(old.expiresAt.getTime());
    expect(refreshes()).toBe(2);
  });

  it('takes the end out of the token where the answer does not tell', async () => {
    test.control.rewriteNext('refresh', (body) => ({ ...body, expires_in: undefined }));
    const token = await get('read:orders');
    expect(token.expiresAt.getTime()).toBe(Number(decodeJwt(token.accessToken).exp) * 1000);
    await get('read:orders');
    expect(refreshes()).toBe(1);
  });

  describe('an audience outside the policies', () => {
    it('that Auth0 refuses is an error that says so', async () => {
      test.control.setUnknownAudience('refuse');
      await expect(get('read:profiles', PROFILES)).rejects.toMatchObject({ code: 'auth0_misconfigured' });
      await expect(logins.getAccessToken(session)).resolves.toMatchObject({ audience: API_AUDIENCE });
    });

    it('that Auth0 ignores is found by the audience of the token, and nothing is kept', async () => {
      test.control.setUnknownAudience('ignore');
      for (const times of [1, 2]) {
        await expect(get('read:profiles', PROFILES)).rejects.toMatchObject({ code: 'auth0_misconfigured' });
        expect(refreshes()).toBe(times);
      }
      test.control.setUnknownAudience('refuse');
    });

    it('that is too long is not asked for', async () => {
      await expect(get('', `https://${'x'.repeat(600)}`)).rejects.toMatchObject({ code: 'invalid_request' });
      expect(refreshes()).toBe(0);
    });
  });

  describe('a rotated refresh token', () => {
    beforeEach(async () => {
      test.control.setRefreshTokenRotation(CLIENT.clientId, true);
      // With the login's own token, which is not rotated yet.
      await get('read:orders');
      test.control.resetCounts();
    });
    // oxlint-disable-next-line vitest/no-duplicate-hooks -- undone for the tests outside
    afterAll(() => test?.control.setRefreshTokenRotation(CLIENT.clientId, false));

    it('is kept, and is what the next refresh spends', async () => {
      let rotated = '';
      test.control.rewriteNext('refresh', (body) => {
        rotated = String(body.refresh_token);
        return body;
      });
      await get('write:orders');
      await get('read:orders write:orders');
      expect(refreshTokenOfLastRequest()).toBe(rotated);
    });

    it.each([
      [
        'the access token is for another audience',
        { access_token: jwt({ aud: 'https://other.example' }) },
        'auth0_misconfigured',
      ],
      ['there is no access token', { access_token: undefined }, 'invalid_auth0_response'],
      ['the end is no number', { expires_in: 'soon' }, 'invalid_auth0_response'],
      ['the kind of token is unknown', { token_type: 'mac' }, 'invalid_auth0_response'],
      ['the scope is no text', { scope: ['read:orders'] }, 'invalid_auth0_response'],
      ['the ID token is none', { id_token: 'nonsense' }, 'invalid_auth0_response'],
    ])('is kept also when %s', async (_, change, code) => {
      let rotated = '';
      test.control.rewriteNext('refresh', (body) => {
        rotated = String(body.refresh_token);
        return { ...body, ...change };
      });
      await expect(get('write:orders')).rejects.toMatchObject({ code });

      const token = await get('write:orders');
      expect(token.scopes).toEqual(['write:orders']);
      expect(refreshTokenOfLastRequest()).toBe(rotated);
    });
  });

  // With the scope `openid`, which brings one.
  describe('an answer with an ID token', () => {
    it('of another user is refused whole: no token of it is used, and the login is over', async () => {
      let mallorys = '';
      test.control.rewriteNext('code', (body) => {
        mallorys = String(body.id_token);
        return body;
      });
      await test.logIn('auth0|bob');
      test.control.rewriteNext('refresh', (body) => ({ ...body, id_token: mallorys, refresh_token: 'of the other' }));

      await expect(get('openid read:events', API_AUDIENCE)).rejects.toMatchObject({ code: 'login_required' });

      expect(await test.app.get(SessionService).listSessions(session.userId)).toEqual([]);
      test.control.resetCounts();
      await expect(get('openid read:events', API_AUDIENCE)).rejects.toMatchObject({ code: 'login_required' });
      expect(refreshes()).toBe(0);
    });

    it('replaces the stored one, which the logout then shows', async () => {
      let fresh: unknown;
      test.control.rewriteNext('refresh', (body) => {
        fresh = body.id_token;
        return body;
      });
      await get('openid read:events', API_AUDIENCE);
      const { logoutUrl } = await logins.logout(session);
      expect(new URL(logoutUrl).searchParams.get('id_token_hint')).toBe(fresh);
    });
  });

  it('keeps the ID token it has when an answer brings none', async () => {
    const before = await grant();
    test.control.rewriteNext('refresh', (body) => ({ ...body, id_token: undefined }));
    await get('openid read:events', API_AUDIENCE);
    expect((await grant()).id_token).toBe(before.id_token);
    const { logoutUrl } = await logins.logout(session);
    expect(decodeJwt(new URL(logoutUrl).searchParams.get('id_token_hint') ?? '').sub).toBe(session.userId);
  });

  it('refuses an access token of another user', async () => {
    test.control.rewriteNext('refresh', (body) => ({
      ...body,
      access_token: jwt({ aud: ORDERS, sub: 'auth0|mallory' }),
    }));
    await expect(get('read:orders')).rejects.toMatchObject({ code: 'login_required' });
    await expect(get('read:orders')).rejects.toMatchObject({ code: 'login_required' });
    expect(refreshes(), 'nothing of it was kept, and nobody asks again').toBe(1);
  });

  it('asks to log in again after invalid_grant, without asking Auth0 again and again', async () => {
    test.control.revokeRefreshTokens(session.userId);
    await expect(get('read:orders')).rejects.toMatchObject({ code: 'login_required' });
    await expect(get('read:orders')).rejects.toMatchObject({ code: 'login_required' });
    await expect(get('write:orders')).rejects.toMatchObject({ code: 'login_required' });
    expect(refreshes()).toBe(1);
    expect(await test.app.get(SessionService).listSessions(session.userId), 'the session ends with it').toEqual([]);
  });

  it.each(['mfa_required', 'unmet_authentication_requirements'])('leaves the session alone on %s', async (error) => {
    const before = await grant();
    const body = { error, error_description: 'step up', mfa_token: 'secret-mfa-token' };
    test.control.failNext('refresh', { status: 403, body });
    const refused = get('read:orders');
    await expect(refused).rejects.toMatchObject({ name: 'StepUpRequiredError', code: error });
    await expect(refused).rejects.not.toHaveProperty('message', expect.stringContaining('secret-mfa-token'));

    expect(await grant()).toEqual(before);
    expect((await get('read:orders')).scopes).toEqual(['read:orders']);
  });

  it.each([
    ['is HTML', { status: 200, body: '<html>', contentType: 'text/html' }, 'invalid_auth0_response'],
    ['is an empty object', { status: 200, body: {} }, 'invalid_auth0_response'],
    ['is a list', { status: 200, body: [] }, 'invalid_auth0_response'],
    ['is a failure', { status: 502, body: 'bad gateway' }, 'auth0_unavailable'],
  ])('keeps nothing of an answer that %s', async (_, answer, code) => {
    const before = await grant();
    test.control.failNext('refresh', answer);
    await expect(get('read:orders')).rejects.toMatchObject({ code });
    expect(await grant()).toEqual(before);
    await get('read:orders');
    expect(refreshes()).toBe(2);
  });

  it('asks for the three scopes of the My Account API at once', async () => {
    const person = await test.logIn(session.userId);
    test.control.resetCounts();
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
    expect(lastRequest(test, 'refresh').body).toMatchObject({
      audience: `${test.tenant.issuer}me/`,
      scope: 'create:me:connected_accounts delete:me:connected_accounts read:me:connected_accounts',
    });
    await test.connect(person, 'google-oauth2', {}, `&scopes=${encodeURIComponent(CALENDAR_SCOPE)}`);
    expect(refreshes(), 'one refresh serves every operation').toBe(1);
  });
});

describe.each(adapters)('the scopes of the My Account API on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { myAccountScopes: [] } });
  });
  afterAll(() => test?.stop());

  it('are asked for one at a time when the options say so', async () => {
    const person = await test.logIn();
    test.control.resetCounts();
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
    expect(lastRequest(test, 'refresh').body.scope).toBe('read:me:connected_accounts');
    await test.connect(person, 'github');
    expect(lastRequest(test, 'refresh').body.scope).toBe('create:me:connected_accounts');
    expect(test.control.count('refresh')).toBe(2);
  });

  it('must be ones that there are', async () => {
    const started = TestApp.start(adapter, {
      sharedTenant: test.tenant,
      options: { myAccountScopes: ['read:me:everything'] as never },
    });
    await expect(started).rejects.toThrow(/myAccountScopes must be a list of some of/);
  });
});

/** An access token whose signature nobody has to believe: the library reads its audience and its user. */
function jwt(claims: Record<string, unknown>): string {
  const parts = [{ alg: 'RS256' }, { exp: Math.floor(Date.now() / 1000) + 3600, ...claims }];
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'c2ln'].join('.');
}
