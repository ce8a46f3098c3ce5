import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant, type TenantClient } from '../index.js';
import { json, login, token } from '../testing/flows.js';

describe('the token endpoint', () => {
  let tenant: LocalTenant;
  let refreshToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    ({ refresh_token: refreshToken } = await login(tenant));
  });
  afterAll(async () => tenant.stop());

  const refresh = async (form: Record<string, string> = {}, client?: TenantClient) =>
    token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken, ...form }, client);

  it('answers errors as JSON with a charset, as Auth0 does', async () => {
    const answer = await refresh({ refresh_token: 'nonsense' });
    expect(answer).toMatchObject({
      status: 403,
      body: { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' },
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('takes JSON bodies', async () => {
    const response = await fetch(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: DEFAULT_CLIENT.clientId,
        client_secret: DEFAULT_CLIENT.clientSecret,
      }),
    });
    expect(response.status).toBe(200);
  });

  it('takes the secret by Basic authentication too, but by one way only', async () => {
    const basic = Buffer.from(`${DEFAULT_CLIENT.clientId}:${DEFAULT_CLIENT.clientSecret}`).toString('base64');
    const post = async (body: Record<string, string>) =>
      fetch(`${tenant.issuer}oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, ...body }),
      });
    expect((await post({})).status).toBe(200);
    const both = await post({ client_secret: DEFAULT_CLIENT.clientSecret ?? '' });
    expect(both.status).toBe(400);
    expect(await json(both)).toMatchObject({ error: 'invalid_request' });
  });

  it('refuses a wrong secret, a missing one and an unknown client with invalid_client', async () => {
    const wrong: Record<string, string>[] = [
      { client_secret: 'wrong' },
      { client_secret: '' },
      { client_id: 'nobody' },
    ];
    for (const form of wrong) {
      expect(await refresh(form)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });

  it('refuses a grant the client does not have, and one nobody has', async () => {
    const none = await token(tenant, { grant_type: 'client_credentials', audience: 'https://api.example.com' });
    expect(none).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } });
    expect(await token(tenant, { grant_type: 'password' })).toMatchObject({
      status: 403,
      body: { error: 'unsupported_grant_type' },
    });
    expect(await token(tenant, {})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('gives a token for any audience of the policies, and keeps the refresh token', async () => {
    const { status, body } = await refresh({ audience: `${tenant.issuer}me/`, scope: 'read:me:connected_accounts' });
    expect(status).toBe(200);
    expect(body.scope).toBe('read:me:connected_accounts');
    expect([undefined, refreshToken]).toContain(body.refresh_token);
    expect(decodeJwt(String(body.access_token))).toMatchObject({ aud: `${tenant.issuer}me/` });
    const api = await refresh({ audience: 'https://api.example.com' });
    expect(String(api.body.scope).split(' ')).toEqual(
      expect.arrayContaining(['openid', 'read:events', 'write:profile']),
    );
  });

  it('drops scopes outside the policies without a word, even all of them', async () => {
    const some = await refresh({ audience: 'https://api.example.com', scope: 'read:events delete:everything' });
    expect(some).toMatchObject({ status: 200, body: { scope: 'read:events' } });
    const none = await refresh({ audience: 'https://api.example.com', scope: 'delete:everything' });
    expect(none).toMatchObject({ status: 200, body: { scope: '' } });
    expect(decodeJwt(String(none.body.access_token)).scope ?? '').toBe('');
  });

  it('gives a token for the first audience in place of one outside the policies, or refuses it when told to', async () => {
    const session = await login(tenant, {
      audience: 'https://api.example.com',
      scope: 'openid offline_access read:events',
    });
    const client = { ...DEFAULT_CLIENT, mrrtPolicies: [{ audience: 'me/', scopes: ['read:me:connected_accounts'] }] };
    tenant.addClient(client);
    const form = { refresh_token: session.refresh_token, audience: 'https://nobody.example' };
    const ignored = await refresh(form);
    expect(ignored.status).toBe(200);
    tenant.control.setUnknownAudience('refuse');
    expect(await refresh(form)).toMatchObject({ status: 403, body: { error: 'access_denied' } });
    tenant.control.setUnknownAudience('ignore');
    expect(decodeJwt(String(ignored.body.access_token)).aud).toContain('https://api.example.com');
    const scopes = 'read:me:connected_accounts create:me:connected_accounts';
    expect((await refresh({ ...form, audience: `${tenant.issuer}me/`, scope: scopes })).body.scope).toBe(
      'read:me:connected_accounts',
    );
    tenant.addClient(DEFAULT_CLIENT);
  });

  it('rotates only when rotation is on, and ends the family when a rotated token comes again', async () => {
    const { refresh_token: first } = await login(tenant);
    tenant.control.setRefreshTokenRotation(DEFAULT_CLIENT.clientId, true);
    const audience = `${tenant.issuer}me/`;
    const once = await refresh({ refresh_token: first, audience });
    const second = String(once.body.refresh_token);
    expect(second).not.toBe(first);
    const twice = await refresh({ refresh_token: second });
    expect(twice.body.scope).toBe('openid profile email offline_access');
    expect((await refresh({ refresh_token: first })).body.error).toBe('invalid_grant');
    expect((await refresh({ refresh_token: String(twice.body.refresh_token) })).body.error).toBe('invalid_grant');
    tenant.control.setRefreshTokenRotation(DEFAULT_CLIENT.clientId, false);
  });

  it('refuses the refresh token of another client', async () => {
    const other = { ...DEFAULT_CLIENT, clientId: 'other-client' };
    tenant.addClient(other);
    expect(await refresh({}, other)).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
  });

  it('asks for a second factor when told to, of authenticated clients', async () => {
    tenant.control.requireMfa('refresh');
    expect(await refresh()).toMatchObject({
      status: 403,
      body: { error: 'mfa_required', mfa_token: expect.any(String) },
    });
    expect((await refresh({ client_secret: 'wrong' })).status).toBe(401);
    tenant.control.requireMfa(null);
    expect((await refresh()).status).toBe(200);
  });

  it('ends refresh tokens that expire or are revoked elsewhere', async () => {
    tenant.control.setTokenLifetimes({ refreshToken: 1 });
    const { refresh_token: short } = await login(tenant);
    tenant.control.setTokenLifetimes({ refreshToken: 2_592_000 });
    const { now } = Date;
    Date.now = () => now() + 30_000;
    try {
      expect(await refresh({ refresh_token: short })).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
    } finally {
      Date.now = now;
    }
    const { refresh_token: revoked } = await login(tenant, { user: 'auth0|carol' });
    tenant.control.revokeRefreshTokens('auth0|carol');
    expect(await refresh({ refresh_token: revoked })).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
  });

  it('gives machines a token for their API, and none for My Account', async () => {
    const machine = { ...DEFAULT_CLIENT, clientId: 'machine', grantTypes: ['client_credentials'] };
    tenant.addClient({ ...machine, clientGrants: [{ audience: 'https://api.example.com', scopes: ['read:events'] }] });
    const form = { grant_type: 'client_credentials', audience: 'https://api.example.com' };
    const { status, body } = await token(tenant, form, machine);
    expect(status).toBe(200);
    expect(decodeJwt(String(body.access_token))).toMatchObject({ sub: 'machine@clients', gty: 'client-credentials' });
    const refused = await token(tenant, { ...form, audience: `${tenant.issuer}me/` }, machine);
    expect(refused).toMatchObject({ status: 403, body: { error: 'access_denied' } });
  });
});
