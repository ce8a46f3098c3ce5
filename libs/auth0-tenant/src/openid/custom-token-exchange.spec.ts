import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { login, myAccountToken, token } from '../testing/flows.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

describe('custom token exchange', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant({
      clients: [{ ...DEFAULT_CLIENT, grantTypes: ['authorization_code', 'refresh_token', GRANT] }],
      organizations: [
        { id: 'org_one', name: 'one', members: ['auth0|bob'] },
        { id: 'org_two', name: 'two', members: [] },
      ],
      customTokenExchange: ({ subjectToken, subjectTokenType }) =>
        subjectTokenType === 'urn:acme:legacy' && subjectToken === 'legacy-bob' ? 'auth0|bob' : undefined,
    });
  });
  afterAll(async () => tenant.stop());

  const exchange = async (form: Record<string, string> = {}) =>
    token(tenant, {
      grant_type: GRANT,
      subject_token: 'legacy-bob',
      subject_token_type: 'urn:acme:legacy',
      audience: 'https://api.example.com',
      scope: 'openid offline_access read:events nonsense',
      ...form,
    });

  it('logs in the user the callback names, with tokens as after any login', async () => {
    const { status, body } = await exchange();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'openid offline_access read:events',
    });
    expect(decodeJwt(String(body.access_token))).toMatchObject({ sub: 'auth0|bob' });
    expect(decodeJwt(String(body.id_token))).toMatchObject({ sub: 'auth0|bob', aud: DEFAULT_CLIENT.clientId });
    const myAccount = await myAccountToken(tenant, String(body.refresh_token));
    expect(decodeJwt(myAccount).sub).toBe('auth0|bob');
  });

  it('logs a member in to an organization, and nobody else', async () => {
    const { body } = await exchange({ organization: 'org_one' });
    expect(decodeJwt(String(body.id_token))).toMatchObject({ org_id: 'org_one' });
    expect(decodeJwt(String(body.access_token))).toMatchObject({ org_id: 'org_one' });
    expect(await exchange({ organization: 'org_two' })).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    });
  });

  it('refuses a token nobody is named for, reserved types, unknown audiences and other clients', async () => {
    expect(await exchange({ subject_token: 'x' })).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
    for (const type of ['urn:ietf:params:oauth:token-type:access_token', 'urn:okta:x', 'https://auth0.com/x']) {
      const answer = await exchange({ subject_token_type: type });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
    // Nobody's here, but not reserved.
    expect(await exchange({ subject_token_type: 'https://auth0.com.example/legacy' })).toMatchObject({ status: 403 });
    expect(await exchange({ audience: 'https://no.example' })).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    });
    tenant.addClient({ ...DEFAULT_CLIENT, clientId: 'plain' });
    expect(await exchange({ client_id: 'plain' })).toMatchObject({
      status: 403,
      body: { error: 'unauthorized_client' },
    });
    expect((await login(tenant)).id_token).not.toBe('');
  });
});
