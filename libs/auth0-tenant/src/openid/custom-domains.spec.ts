import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { json, login, myAccount, myAccountToken, startConnect } from '../testing/flows.js';

describe('custom domains', () => {
  let tenant: LocalTenant;
  let custom: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({ customDomains: ['127.0.0.1'] });
    const domain = `http://127.0.0.1:${tenant.port}`;
    custom = { ...tenant, domain, issuer: `${domain}/` };
  });
  afterAll(async () => tenant.stop());

  it('are issuers of their own, with every endpoint on their host', async () => {
    const document = await json(await fetch(`${custom.issuer}.well-known/openid-configuration`));
    expect(document.issuer).toBe(custom.issuer);
    const endpoints = Object.entries(document).filter(([name]) => name.endsWith('_endpoint'));
    expect(endpoints.length).toBeGreaterThan(5);
    for (const [, value] of endpoints) expect(new URL(String(value)).hostname).toBe('127.0.0.1');
  });

  it('give tokens of their own, which the other host refuses', async () => {
    const session = await login(custom);
    expect(decodeJwt(session.id_token).iss).toBe(custom.issuer);
    const accessToken = await myAccountToken(custom, session.refresh_token);
    expect((await myAccount(custom, accessToken, 'GET', 'accounts')).status).toBe(200);
    expect((await myAccount(tenant, accessToken, 'GET', 'accounts')).status).toBe(401);
    const { connectUrl } = await startConnect(custom, accessToken);
    expect(connectUrl.hostname).toBe('127.0.0.1');
    expect((await fetch(connectUrl)).status).toBe(200);
    connectUrl.hostname = 'localhost';
    expect((await fetch(connectUrl)).status).toBe(400);
  });

  it('do not know the My Account audience of another host', async () => {
    const { refresh_token: refreshToken } = await login(custom);
    const response = await fetch(`${custom.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: DEFAULT_CLIENT.clientId,
        client_secret: DEFAULT_CLIENT.clientSecret ?? '',
        audience: `${tenant.issuer}me/`,
      }),
    });
    // Ignored, as any audience outside the policies: the token is for userinfo of its own host.
    expect(response.status).toBe(200);
    expect(String((await json(response)).access_token).split('.')).toHaveLength(1);
  });
});
