import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { authorizeUrl, login, myAccount, myAccountToken, token } from '../testing/flows.js';

const API = 'https://api.example.com';

describe('tokens without a browser', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({
      organizations: [{ id: 'org_1', name: 'one', members: ['auth0|alice'] }],
    });
  });
  afterAll(async () => tenant.stop());

  const verify = async (jwt: string, audience: string) => {
    const keys = (await (await fetch(`${tenant.domain}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    return jwtVerify(jwt, createLocalJWKSet(keys), { issuer: tenant.issuer, audience });
  };

  describe('mint', () => {
    it('gives a token that differs from that of a login in its times and scopes alone', async () => {
      const { access_token: ofLogin } = await login(tenant, { audience: API, scope: 'openid read:events' });
      const minted = await tenant.control.mint({ userId: 'auth0|alice', scope: 'openid read:events' });
      await verify(minted, API);
      const { iat: _, exp: __, jti: ___, ...expected } = decodeJwt(ofLogin);
      expect(decodeJwt(minted)).toMatchObject(expected);
      expect(decodeProtectedHeader(minted)).toEqual(decodeProtectedHeader(ofLogin));
      expect(Object.keys(decodeJwt(minted)).toSorted()).toEqual(Object.keys(decodeJwt(ofLogin)).toSorted());
    });

    it('has every scope of the API by default', async () => {
      expect(decodeJwt(await tenant.control.mint({ userId: 'auth0|bob' }))).toMatchObject({
        sub: 'auth0|bob',
        azp: DEFAULT_CLIENT.clientId,
        scope: 'read:events write:events read:profile write:profile',
      });
    });

    it("gives a client's own token without a user", async () => {
      const payload = decodeJwt(await tenant.control.mint({ clientId: 'local-worker', scope: 'read:events' }));
      expect(payload).toMatchObject({ sub: 'local-worker@clients', gty: 'client-credentials', scope: 'read:events' });
    });

    it('makes tokens that are to be refused', async () => {
      await expect(
        verify(await tenant.control.mint({ userId: 'auth0|alice', expiresInSeconds: -1 }), API),
      ).rejects.toThrow('exp');
      const wrong = await tenant.control.mint({
        userId: 'auth0|alice',
        claims: { aud: 'https://other.example', scope: undefined },
      });
      expect(decodeJwt(wrong)).toMatchObject({ aud: 'https://other.example' });
      expect(decodeJwt(wrong)).not.toHaveProperty('scope');
      await expect(tenant.control.mint({ userId: 'auth0|nobody' })).rejects.toThrow('no such user: auth0|nobody');
    });

    it('is good for the My Account API', async () => {
      const minted = await tenant.control.mint({
        userId: 'auth0|alice',
        audience: `${tenant.issuer}me/`,
        scope: 'read:me:connected_accounts',
      });
      expect((await myAccount(tenant, minted, 'GET', 'accounts')).status).toBe(200);
    });
  });

  describe('loginAs', () => {
    it('gives tokens that work as those of a login', async () => {
      const session = await tenant.control.loginAs({ userId: 'auth0|alice', organization: 'one' });
      const { payload } = await verify(session.id_token ?? '', DEFAULT_CLIENT.clientId);
      expect(payload).toMatchObject({
        sub: 'auth0|alice',
        name: 'Alice Example',
        email: 'alice@example.com',
        org_id: 'org_1',
      });
      expect(session).toMatchObject({ scope: 'openid profile email offline_access', token_type: 'Bearer' });
      const userinfo = await fetch(`${tenant.domain}/userinfo`, {
        headers: { authorization: `Bearer ${session.access_token}` },
      });
      expect(await userinfo.json()).toMatchObject({ sub: 'auth0|alice', name: 'Alice Example' });
      const accessToken = await myAccountToken(tenant, session.refresh_token ?? '');
      expect((await myAccount(tenant, accessToken, 'GET', 'accounts')).status).toBe(200);
    });

    it('gives an access token for an API, with the scopes there are', async () => {
      const session = await tenant.control.loginAs({
        userId: 'auth0|bob',
        audience: API,
        scope: 'openid read:events x',
      });
      expect(session.scope).toBe('openid read:events');
      expect(session.refresh_token).toBeUndefined();
      expect((await verify(session.access_token, API)).payload).toMatchObject({
        sub: 'auth0|bob',
        scope: 'openid read:events',
      });
      const { refresh_token: refreshToken } = await tenant.control.loginAs({
        userId: 'auth0|bob',
        audience: API,
        scope: 'offline_access read:events',
      });
      const refreshed = await token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' });
      expect(decodeJwt(String(refreshed.body.access_token)).aud).toBe(API);
    });

    it('gives the cookies of a browser that is logged in', async () => {
      const { cookies, id_token: idToken } = await tenant.control.loginAs({ userId: 'auth0|carol' });
      const browser = new Browser(cookies);
      const end = await browser.follow(authorizeUrl(tenant, { prompt: 'none' }));
      expect('left' in end && end.left.searchParams.get('code')).toBeTruthy();
      const stranger = new Browser(cookies.map((cookie) => ({ ...cookie, value: `${cookie.value}x` })));
      const refused = await stranger.follow(authorizeUrl(tenant, { prompt: 'none' }));
      expect('left' in refused && refused.left.searchParams.get('error')).toBe('login_required');
      const logout = new URL('oidc/logout', tenant.issuer);
      logout.searchParams.set('id_token_hint', idToken ?? '');
      await browser.follow(logout);
      const after = await browser.follow(authorizeUrl(tenant, { prompt: 'none' }));
      expect('left' in after && after.left.searchParams.get('error')).toBe('login_required');
    });

    it('refuses what a login would refuse', async () => {
      const { control } = tenant;
      await expect(control.loginAs({ userId: 'auth0|bob', organization: 'one' })).rejects.toThrow('no member');
      await expect(control.loginAs({ userId: 'auth0|bob', audience: 'x' })).rejects.toThrow(
        'no such API, or not for local-client: x',
      );
      await expect(control.loginAs({ userId: 'auth0|bob', clientId: 'local-worker' })).rejects.toThrow('local-worker');
      tenant.addClient({ ...DEFAULT_CLIENT, clientId: 'bound', dpopBound: true });
      await expect(control.loginAs({ userId: 'auth0|bob', clientId: 'bound' })).rejects.toThrow('bound has a key');
    });
  });
});

describe('the permissions of users', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({
      apis: [
        { identifier: API, scopes: ['read', 'write', 'admin'], rbac: true, permissionsInAccessToken: true },
        { identifier: 'https://quiet.example', scopes: ['read', 'write'], rbac: true },
        { identifier: 'https://open.example', scopes: ['read', 'write'] },
      ],
      users: [
        {
          userId: 'u',
          name: 'U',
          email: 'u@example.com',
          permissions: { [API]: ['read', 'write'], 'https://quiet.example': ['read'] },
        },
        { userId: 'v', name: 'V', email: 'v@example.com' },
      ],
    });
  });
  afterAll(async () => tenant.stop());

  const loggedIn = async (user: string, audience: string) => {
    const session = await login(tenant, { user, audience, scope: 'openid offline_access read admin write' });
    return { session, payload: decodeJwt(session.access_token) };
  };

  it('are in the access token of an API that wants them, whatever was asked for', async () => {
    const narrow = await login(tenant, { user: 'u', audience: API, scope: 'openid read' });
    expect(decodeJwt(narrow.access_token)).toMatchObject({ permissions: ['read', 'write'], scope: 'openid read' });
    expect((await loggedIn('v', API)).payload).toMatchObject({ permissions: [], scope: 'openid offline_access' });
  });

  it('are what a user can be granted with RBAC, and nothing else is', async () => {
    const { payload, session } = await loggedIn('u', 'https://quiet.example');
    expect(payload.scope).toBe('openid offline_access read');
    expect(payload).not.toHaveProperty('permissions');
    expect(session.scope).toBe('openid offline_access read');
    expect((await loggedIn('v', 'https://open.example')).payload.scope).toBe('openid offline_access read write');
  });

  it('are looked at anew with every refresh', async () => {
    const { session } = await loggedIn('u', API);
    tenant.control.addUser({ userId: 'u', name: 'U', email: 'u@example.com', permissions: { [API]: ['admin'] } });
    const { body } = await token(tenant, { grant_type: 'refresh_token', refresh_token: session.refresh_token });
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      permissions: ['admin'],
      scope: 'openid offline_access admin',
    });
  });

  it('hold for tokens without a browser, too', async () => {
    expect(decodeJwt(await tenant.control.mint({ userId: 'v' }))).toMatchObject({ permissions: [] });
    expect((await tenant.control.loginAs({ userId: 'v', audience: API, scope: 'openid read' })).scope).toBe('openid');
  });
});

describe('the claims of access tokens', () => {
  it('have what a test adds for a user or a client', async () => {
    await using tenant = await startLocalTenant();
    tenant.control.accessTokenClaims('auth0|alice', { 'https://example.com/role': 'admin' });
    tenant.control.accessTokenClaims('local-worker', { 'https://example.com/role': 'robot' });
    const { access_token: ofAlice } = await login(tenant, { audience: API, scope: 'openid read:events' });
    expect(decodeJwt(ofAlice)['https://example.com/role']).toBe('admin');
    expect(decodeJwt(await tenant.control.mint({ clientId: 'local-worker' }))['https://example.com/role']).toBe(
      'robot',
    );
    expect(decodeJwt(await tenant.control.mint({ userId: 'auth0|bob' }))).not.toHaveProperty(
      'https://example.com/role',
    );
  });
});
