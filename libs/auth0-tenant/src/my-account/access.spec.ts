import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { CALLBACK, login, myAccount, myAccountToken, token } from '../testing/flows.js';

describe('the access token of a My Account call', () => {
  let tenant: LocalTenant;
  let refreshToken: string;
  let accessToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    ({ refresh_token: refreshToken } = await login(tenant));
    accessToken = await myAccountToken(tenant, refreshToken);
  });
  afterAll(async () => tenant.stop());
  const good = { connection: 'google-oauth2', redirect_uri: CALLBACK };

  const preflight = async (origin: string) =>
    fetch(`${tenant.issuer}me/v1/connected-accounts/accounts`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    });

  it('asks for a token with a bare challenge', async () => {
    const answer = await myAccount(tenant, undefined, 'GET', 'accounts');
    expect(answer).toMatchObject({ status: 401, body: { status: 401, title: 'Unauthorized' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('refuses tokens that are broken, for another API, expired or of a machine', async () => {
    const { body } = await token(tenant, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      audience: 'https://api.example.com',
    });
    tenant.control.setTokenLifetimes({ accessToken: 1 });
    const expiring = await myAccountToken(tenant, refreshToken);
    tenant.control.setTokenLifetimes({ accessToken: 86_400 });
    const { now } = Date;
    Date.now = () => now() + 2000;
    try {
      for (const bad of [`${accessToken}x`, 'nonsense', String(body.access_token), expiring]) {
        const answer = await myAccount(tenant, bad, 'GET', 'accounts');
        expect(answer).toMatchObject({ status: 401, body: { title: 'Unauthorized' } });
        expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      }
    } finally {
      Date.now = now;
    }
  });

  it('wants the scope of each operation', async () => {
    const read = await myAccountToken(tenant, refreshToken, 'read:me:connected_accounts');
    const create = await myAccountToken(tenant, refreshToken, 'create:me:connected_accounts');
    for (const [bearer, method, path, body] of [
      [read, 'POST', 'connect', good],
      [read, 'POST', 'complete', {}],
      [read, 'DELETE', 'accounts/cac_x', undefined],
      [create, 'GET', 'accounts', undefined],
      [create, 'GET', 'connections', undefined],
    ] as const) {
      const answer = await myAccount(tenant, bearer, method, path, body);
      expect(answer).toMatchObject({ status: 403, body: { status: 403, title: 'Forbidden' } });
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope');
    }
  });

  it('answers 404 and 405 in its own shape', async () => {
    expect(await myAccount(tenant, accessToken, 'GET', 'nothing')).toMatchObject({
      status: 404,
      body: { status: 404 },
    });
    expect(await myAccount(tenant, accessToken, 'PUT', 'accounts')).toMatchObject({
      status: 405,
      body: { status: 405 },
    });
  });

  it('lets the browser applications of its clients in, and no others', async () => {
    const known = await preflight('http://localhost:3000');
    expect(known.status).toBe(204);
    expect(known.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
