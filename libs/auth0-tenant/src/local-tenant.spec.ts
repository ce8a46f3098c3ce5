import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import { startLocalTenant, TOKEN_VAULT_GRANT, type LocalTenant } from './index.js';
import { connect, login, myAccount, myAccountToken, token } from './testing/flows.js';

describe('a local tenant', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant();
  });
  afterAll(async () => tenant.stop());

  it('takes a user from login to the data of a connected provider', async () => {
    const session = await login(tenant);
    expect(decodeJwt(session.id_token)).toMatchObject({
      iss: tenant.issuer,
      sub: 'auth0|alice',
      name: 'Alice Example',
    });
    expect(session.scope).toBe('openid profile email offline_access');
    const accessToken = await myAccountToken(tenant, session.refresh_token);
    expect(decodeJwt(accessToken).aud).toContain(`${tenant.issuer}me/`);
    const account = await connect(tenant, accessToken);
    expect(account).toMatchObject({ connection: 'google-oauth2', access_type: 'offline' });
    const list = await myAccount(tenant, accessToken, 'GET', 'accounts');
    expect(list.body.accounts).toEqual([account]);

    const exchange = {
      grant_type: TOKEN_VAULT_GRANT,
      subject_token: session.refresh_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'google-oauth2',
    };
    const exchanged = await token(tenant, exchange);
    expect(exchanged).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    const events = await fetch(`${tenant.domain}/upstream/google/calendar/v3/calendars/primary/events`, {
      headers: { authorization: `Bearer ${String(exchanged.body.access_token)}` },
    });
    expect(await events.json()).toMatchObject({ summary: 'alice@gmail.example' });

    expect((await myAccount(tenant, accessToken, 'DELETE', `accounts/${String(account.id)}`)).status).toBe(204);
    expect(await token(tenant, exchange)).toMatchObject({
      status: 401,
      body: { error: 'federated_connection_refresh_token_not_found' },
    });
  });
});
