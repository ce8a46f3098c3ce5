import { AuthenticationClient } from 'auth0/legacy';
import type { LocalTenant } from 'auth0-local-tenant';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API, domainOf, MACHINE, ORDERS, startTenant, WEB } from './support/tenant.js';

describe('auth0 (Node)', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startTenant();
    tenant.addClient({ ...WEB, redirectUris: ['http://localhost:3000/callback'] });
  });
  afterAll(async () => tenant.stop());

  it('gets a machine its token, with every scope it was granted', async () => {
    const { clientId, clientSecret } = MACHINE;
    const { oauth } = new AuthenticationClient({ domain: domainOf(tenant), clientId, clientSecret });
    const { data } = await oauth.clientCredentialsGrant({ audience: API });
    expect(data).toMatchObject({ scope: 'read:events', token_type: 'Bearer' });
    expect(decodeJwt(data.access_token)).toMatchObject({ sub: 'machine@clients', gty: 'client-credentials' });
    await expect(oauth.clientCredentialsGrant({ audience: ORDERS })).rejects.toMatchObject({
      error: 'access_denied',
      statusCode: 403,
    });
  });

  it('refreshes and revokes', async () => {
    const { oauth } = new AuthenticationClient({ domain: domainOf(tenant), ...WEB });
    const login = await tenant.control.loginAs({ userId: 'auth0|alice', clientId: WEB.clientId });
    const refreshToken = login.refresh_token ?? '';
    const { data } = await oauth.refreshTokenGrant({ refresh_token: refreshToken });
    expect(decodeJwt(data.id_token ?? '').sub).toBe('auth0|alice');
    await oauth.revokeRefreshToken({ token: refreshToken });
    await expect(oauth.refreshTokenGrant({ refresh_token: refreshToken })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});
