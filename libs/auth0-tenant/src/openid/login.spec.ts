import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { authorize, authorizeUrl, CALLBACK, login, pkce, token } from '../testing/flows.js';

describe('login', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({
      apis: [
        { identifier: 'https://api.example.com', scopes: ['read:events', 'write:events'] },
        { identifier: 'plain name', scopes: ['use'] },
      ],
    });
  });
  afterAll(async () => tenant.stop());

  const discover = async () =>
    client.discovery(
      new URL(tenant.issuer),
      DEFAULT_CLIENT.clientId,
      undefined,
      client.ClientSecretPost(DEFAULT_CLIENT.clientSecret),
      { execute: [client.allowInsecureRequests] },
    );

  it('satisfies openid-client from discovery to userinfo, refresh, revocation and logout', async () => {
    const config = await discover();
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile email offline_access read:events',
      audience: 'https://api.example.com',
      state,
      nonce,
      max_age: '3600',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const callback = await authorize(tenant, Object.fromEntries(url.searchParams));
    const tokens = await client.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      maxAge: 3600,
    });
    const claims = tokens.claims();
    expect(claims).toMatchObject({
      iss: tenant.issuer,
      aud: DEFAULT_CLIENT.clientId,
      sub: 'auth0|alice',
      nonce,
      name: 'Alice Example',
      email: 'alice@example.com',
      email_verified: true,
      sid: expect.any(String),
      auth_time: expect.any(Number),
    });
    expect(tokens.scope?.split(' ').toSorted()).toEqual(
      ['email', 'offline_access', 'openid', 'profile', 'read:events'].toSorted(),
    );
    const keys = createRemoteJWKSet(new URL(`${tenant.issuer}.well-known/jwks.json`));
    const access = await jwtVerify(tokens.access_token, keys, { issuer: tenant.issuer });
    expect(access.payload).toMatchObject({
      sub: 'auth0|alice',
      aud: ['https://api.example.com', `${tenant.issuer}userinfo`],
      azp: DEFAULT_CLIENT.clientId,
    });
    expect(await client.fetchUserInfo(config, tokens.access_token, 'auth0|alice')).toMatchObject({ nickname: 'alice' });
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(refreshed.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
    expect(refreshed.claims()?.sub).toBe('auth0|alice');
    await client.tokenRevocation(config, tokens.refresh_token ?? '');
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 403,
    });
    expect(config.serverMetadata().end_session_endpoint).toBe(`${tenant.issuer}oidc/logout`);
  });

  it('takes an audience that is not a URI', async () => {
    const session = await login(tenant, { audience: 'plain name', scope: 'use' });
    expect(decodeJwt(session.access_token)).toMatchObject({ aud: 'plain name', scope: 'use' });
    expect(session.id_token).toBe('');
  });

  it('drops a scope the API does not have', async () => {
    const session = await login(tenant, { audience: 'plain name', scope: 'openid use abuse' });
    expect(session.scope).toBe('openid use');
  });

  it('refuses an unknown audience with access_denied', async () => {
    const { searchParams } = await authorize(tenant, { audience: 'https://nobody.example' });
    expect(searchParams.get('error')).toBe('access_denied');
    expect(searchParams.get('error_description')).toBe('Service not found: https://nobody.example');
    expect(searchParams.get('state')).toBe('a-state');
  });

  it('shows an error page, and redirects nowhere, for a callback URL that is not registered', async () => {
    const wrong = [`${CALLBACK}/`, `${CALLBACK}?a=b`, 'http://localhost:3000/AUTH/callback', 'https://evil.example/'];
    for (const redirect_uri of wrong) {
      const response = await new Browser().get(authorizeUrl(tenant, { redirect_uri }));
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
    }
    expect((await new Browser().get(authorizeUrl(tenant, { client_id: 'nobody' }))).status).toBe(400);
  });

  it('comes back with access_denied when the user cancels', async () => {
    const browser = new Browser();
    const page = await browser.follow(authorizeUrl(tenant));
    if ('left' in page) throw new Error('no page');
    const end = await browser.follow(page.url, await browser.post(page.url, [['action', 'cancel']]));
    expect('left' in end && end.left.searchParams.get('error')).toBe('access_denied');
    expect('left' in end && end.left.searchParams.get('state')).toBe('a-state');
  });

  it('logs in silently while a session lives, and asks again with prompt=login', async () => {
    const browser = new Browser();
    await authorize(tenant, { browser });
    const silent = await browser.follow(authorizeUrl(tenant));
    expect('left' in silent && silent.left.searchParams.has('code')).toBe(true);
    const none = await browser.follow(authorizeUrl(tenant, { prompt: 'none' }));
    expect('left' in none && none.left.searchParams.has('code')).toBe(true);
    for (const prompt of ['login', 'select_account']) {
      expect('page' in (await browser.follow(authorizeUrl(tenant, { prompt })))).toBe(true);
    }
  });

  it('gives offline_access with prompt=none too', async () => {
    const browser = new Browser();
    await authorize(tenant, { browser });
    expect((await login(tenant, { browser, prompt: 'none' })).refresh_token).not.toBe('');
  });

  it('answers login_required to prompt=none without a session', async () => {
    const { searchParams } = await authorize(tenant, { prompt: 'none' });
    expect(searchParams.get('error')).toBe('login_required');
  });

  it('lets another user log in on the same browser', async () => {
    const browser = new Browser();
    const alice = await login(tenant, { browser });
    const bob = await login(tenant, { browser, prompt: 'login', user: 'auth0|bob' });
    expect(decodeJwt(bob.id_token).sub).toBe('auth0|bob');
    expect(decodeJwt(bob.id_token).sid).not.toBe(decodeJwt(alice.id_token).sid);
  });

  it('preselects the user of login_hint, by e-mail or id', async () => {
    for (const login_hint of ['bob@example.com', 'auth0|bob']) {
      const html = await pageOf(authorizeUrl(tenant, { login_hint }));
      expect(/value="auth0\|bob"\s+checked/.test(html)).toBe(true);
      expect(html.match(/checked(?=[\s>])/g)).toHaveLength(1);
    }
  });

  it('escapes what it shows', async () => {
    const evil = await startLocalTenant({
      users: [{ userId: 'u', name: '<script>alert(1)</script>', email: '"><img src=x>@example.com' }],
    });
    const html = await pageOf(authorizeUrl(evil));
    await evil.stop();
    expect(html).not.toContain('<script');
    expect(html).not.toContain('"><img');
  });

  it('runs two logins of one browser side by side', async () => {
    const browser = new Browser();
    const first = await browser.follow(authorizeUrl(tenant, { state: 'one' }));
    const second = await browser.follow(authorizeUrl(tenant, { state: 'two' }));
    if ('left' in first || 'left' in second) throw new Error('no page');
    for (const [page, state] of [
      [second, 'two'],
      [first, 'one'],
    ] as const) {
      const answer = await browser.post(page.url, [
        ['user', 'auth0|alice'],
        ['action', 'login'],
      ]);
      const end = await browser.follow(page.url, answer);
      expect('left' in end && end.left.searchParams.get('state')).toBe(state);
      expect('left' in end && end.left.searchParams.has('code')).toBe(true);
    }
  });

  it('refuses a code with another verifier, redirect_uri or client, and a code that was used', async () => {
    const { verifier, challenge } = pkce();
    const code = async () => {
      const url = await authorize(tenant, { code_challenge: challenge, code_challenge_method: 'S256' });
      return url.searchParams.get('code') ?? '';
    };
    const exchange = async (form: Record<string, string>) =>
      token(tenant, { grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: verifier, ...form });
    const refused = { status: 403, body: { error: 'invalid_grant' } };
    expect(await exchange({ code: await code(), code_verifier: pkce().verifier })).toMatchObject(refused);
    expect(await exchange({ code: await code(), redirect_uri: `${CALLBACK}/` })).toMatchObject(refused);
    expect(await exchange({ code: 'nonsense' })).toMatchObject(refused);
    tenant.addClient({ ...DEFAULT_CLIENT, clientId: 'other' });
    expect(await exchange({ code: await code(), client_id: 'other' })).toMatchObject(refused);
    const good = await code();
    const first = await exchange({ code: good });
    expect(first.status).toBe(200);
    expect(await exchange({ code: good })).toMatchObject(refused);
  });

  it('refuses PKCE with the plain method', async () => {
    const { searchParams } = await authorize(tenant, {
      code_challenge: pkce().challenge,
      code_challenge_method: 'plain',
    });
    expect(searchParams.get('error')).toBe('invalid_request');
  });
});

async function pageOf(url: URL): Promise<string> {
  const end = await new Browser().follow(url);
  if ('left' in end) throw new Error(`left for ${end.left.href}`);
  return end.page.text();
}
