import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { json, token } from '../testing/flows.js';

const GRANT = 'urn:openid:params:grant-type:ciba';

describe('backchannel authentication', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({
      clients: [{ ...DEFAULT_CLIENT, grantTypes: ['authorization_code', 'refresh_token', GRANT] }],
    });
  });
  afterAll(async () => tenant.stop());

  const ask = async (form: Record<string, string> = {}) => {
    const response = await fetch(`${tenant.issuer}bc-authorize`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: DEFAULT_CLIENT.clientId,
        client_secret: DEFAULT_CLIENT.clientSecret ?? '',
        scope: 'openid offline_access read:events',
        audience: 'https://api.example.com',
        binding_message: 'Pay 10 to Robin?',
        login_hint: JSON.stringify({ format: 'iss_sub', iss: tenant.issuer, sub: 'auth0|alice' }),
        ...form,
      }),
    });
    return { status: response.status, body: await json(response) };
  };
  const poll = async (authReqId: unknown) => token(tenant, { grant_type: GRANT, auth_req_id: String(authReqId) });

  it('is pending until the user approves, slow_down when polled too fast, and good once', async () => {
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body).toEqual({ auth_req_id: expect.any(String), expires_in: 300, interval: 5 });
    expect(await poll(body.auth_req_id)).toMatchObject({ status: 400, body: { error: 'authorization_pending' } });
    expect(await poll(body.auth_req_id)).toMatchObject({ status: 400, body: { error: 'slow_down' } });
    await tenant.control.approveBackchannel();
    const answer = await poll(body.auth_req_id);
    expect(answer.status).toBe(200);
    expect(decodeJwt(String(answer.body.id_token)).sub).toBe('auth0|alice');
    expect(decodeJwt(String(answer.body.access_token)).aud).toContain('https://api.example.com');
    const refreshed = await token(tenant, {
      grant_type: 'refresh_token',
      refresh_token: String(answer.body.refresh_token),
    });
    expect(refreshed.status).toBe(200);
    expect(await poll(body.auth_req_id)).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
  });

  it('gives back what was approved in detail, and refuses details without a type', async () => {
    const details = [{ type: 'payment', amount: 10 }];
    const { body } = await ask({ authorization_details: JSON.stringify(details) });
    await tenant.control.approveBackchannel(String(body.auth_req_id));
    expect((await poll(body.auth_req_id)).body.authorization_details).toEqual(details);

    for (const wrong of ['pay', '[]', '{"type":"payment"}', '[{"amount":10}]']) {
      expect(await ask({ authorization_details: wrong })).toMatchObject({
        status: 400,
        body: { error: 'invalid_authorization_details' },
      });
    }
  });

  it('tells when the user denies', async () => {
    const { body } = await ask();
    await tenant.control.denyBackchannel(String(body.auth_req_id));
    expect(await poll(body.auth_req_id)).toMatchObject({ status: 403, body: { error: 'access_denied' } });
  });

  it('refuses other login hints, and a missing binding message', async () => {
    expect(await ask({ login_hint: 'alice' })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const foreign = JSON.stringify({ format: 'iss_sub', iss: 'https://x.example/', sub: 'auth0|alice' });
    expect((await ask({ login_hint: foreign })).status).toBe(400);
    const nobody = JSON.stringify({ format: 'iss_sub', iss: tenant.issuer, sub: 'auth0|nobody' });
    expect(await ask({ login_hint: nobody })).toMatchObject({ status: 400, body: { error: 'unknown_user_id' } });
    expect(await ask({ binding_message: '' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_binding_message' },
    });
  });
});
