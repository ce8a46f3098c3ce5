import { AuthClient } from '@auth0/auth0-auth-js';
import type { LocalTenant } from 'auth0-local-tenant';
import { decodeJwt, exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { logIn } from './support/at-the-tenant.js';
import { API, API_CLIENT, domainOf, MACHINE, ORDERS, startTenant, WEB } from './support/tenant.js';

const CALLBACK = 'http://localhost:3000/callback';

describe('@auth0/auth0-auth-js', () => {
  let tenant: LocalTenant;
  let client: AuthClient;
  beforeAll(async () => {
    tenant = await startTenant();
    tenant.addClient({ ...WEB, redirectUris: [CALLBACK], logoutUrls: ['http://localhost:3000'] });
    client = new AuthClient({
      domain: domainOf(tenant),
      ...WEB,
      authorizationParams: { redirect_uri: CALLBACK, scope: 'openid profile email offline_access', audience: API },
    });
  });
  afterAll(async () => tenant.stop());

  const login = async (options: Parameters<AuthClient['buildAuthorizationUrl']>[0] = {}) => {
    const { authorizationUrl, codeVerifier } = await client.buildAuthorizationUrl(options);
    const person = new Person();
    const callback = await logIn(person, await person.open(authorizationUrl), CALLBACK);
    return client.getTokenByCode(new URL(callback), { codeVerifier });
  };

  it.each([false, true])('logs in, with the request pushed: %s', async (pushedAuthorizationRequests) => {
    const tokens = await login({ pushedAuthorizationRequests });
    expect(tokens.claims).toMatchObject({ sub: 'auth0|alice', email: 'alice@example.com', iss: tenant.issuer });
    expect(tokens.refreshToken).toBeTypeOf('string');
    expect(decodeJwt(tokens.accessToken)).toMatchObject({ azp: WEB.clientId, aud: [API, `${tenant.issuer}userinfo`] });
  });

  it('refreshes, for the same API and for another (MRRT)', async () => {
    const { refreshToken = '' } = await login();
    const same = await client.getTokenByRefreshToken({ refreshToken });
    expect(decodeJwt(same.accessToken).aud).toContain(API);
    const other = await client.getTokenByRefreshToken({ refreshToken, audience: ORDERS, scope: 'read:orders' });
    expect(decodeJwt(other.accessToken)).toMatchObject({ aud: ORDERS, scope: 'read:orders' });
  });

  it('asks userinfo', async () => {
    const { accessToken } = await login();
    expect(await client.getUserInfo({ accessToken })).toMatchObject({ sub: 'auth0|alice' });
  });

  it('exchanges refresh tokens at the vault, and by the API’s client access tokens', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    const { refreshToken = '', accessToken } = await login();
    const byRefreshToken = await client.getTokenForConnection({ connection: 'google-oauth2', refreshToken });
    expect(byRefreshToken.accessToken).toMatch(/^google-oauth2_/);
    const api = new AuthClient({ domain: domainOf(tenant), ...API_CLIENT });
    const byAccessToken = await api.exchangeToken({ connection: 'google-oauth2', subjectToken: accessToken });
    expect(byAccessToken.accessToken).toBe(byRefreshToken.accessToken);
    await expect(client.getTokenForConnection({ connection: 'github', refreshToken })).rejects.toMatchObject({
      cause: { error: 'federated_connection_refresh_token_not_found' },
    });
  });

  it('gets a machine its token, by secret and by private_key_jwt', async () => {
    const machine = new AuthClient({ domain: domainOf(tenant), ...MACHINE });
    expect(decodeJwt((await machine.getTokenByClientCredentials({ audience: API })).accessToken)).toMatchObject({
      sub: 'machine@clients',
      scope: 'read:events',
    });
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256' }] };
    tenant.addClient({ ...MACHINE, clientId: 'keyed', clientSecret: undefined, jwks });
    const keyed = new AuthClient({
      domain: domainOf(tenant),
      clientId: 'keyed',
      clientAssertionSigningKey: await exportPKCS8(privateKey),
    });
    expect((await keyed.getTokenByClientCredentials({ audience: API })).accessToken).toBeTypeOf('string');
  });

  it('revokes, and logs out', async () => {
    const { refreshToken = '' } = await login();
    await client.revokeToken({ token: refreshToken });
    await expect(client.getTokenByRefreshToken({ refreshToken })).rejects.toMatchObject({
      cause: { error: 'invalid_grant' },
    });
    const url = await client.buildLogoutUrl({ returnTo: 'http://localhost:3000' });
    const answer = await new Person().open(url, { until: 'http://localhost:3000' });
    expect(answer.location).toBe('http://localhost:3000/');
  });
});
