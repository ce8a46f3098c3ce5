import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_CLIENT,
  startLocalTenant,
  TOKEN_VAULT_GRANT,
  type LocalTenant,
  type PrivilegedWorkerAccess,
  type TenantClient,
} from '../index.js';
import { login, token } from '../testing/flows.js';

const now = () => Math.floor(Date.now() / 1000);
const API = 'https://api.example.com';
const ACCESS: PrivilegedWorkerAccess = {
  ipAllowlist: ['127.0.0.0/8', '::1'],
  grants: [{ connection: 'google-oauth2', scopes: ['openid', 'https://www.googleapis.com/auth/calendar.readonly'] }],
};
const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

describe('the exchange of an access token', () => {
  let tenant: LocalTenant;
  const api: TenantClient = {
    clientId: 'api',
    clientSecret: 'api-secret',
    redirectUris: [],
    grantTypes: [TOKEN_VAULT_GRANT],
    api: API,
  };
  beforeAll(async () => {
    tenant = await startLocalTenant({ clients: [DEFAULT_CLIENT, api] });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
  });
  afterAll(async () => tenant.stop());

  const exchange = async (subjectToken: string, client: TenantClient = api) =>
    token(
      tenant,
      {
        grant_type: TOKEN_VAULT_GRANT,
        subject_token: subjectToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
        connection: 'google-oauth2',
      },
      client,
    );

  it('is for the confidential client linked to the API alone', async () => {
    const { access_token: accessToken } = await login(tenant, { audience: API, scope: 'openid read:events' });
    expect((await exchange(accessToken)).status).toBe(200);
    const refused = { status: 403, body: { error: 'unauthorized_client' } };
    expect(await exchange(accessToken, DEFAULT_CLIENT)).toMatchObject(refused);
    const publicClient = { ...api, clientId: 'public', clientSecret: undefined };
    tenant.addClient(publicClient);
    expect(await exchange(accessToken, publicClient)).toMatchObject(refused);
    tenant.control.addApi({ identifier: 'https://other.example', scopes: [] });
    const other = { ...api, clientId: 'other', api: 'https://other.example' };
    tenant.addClient(other);
    expect(await exchange(accessToken, other)).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
  });

  it('refuses tokens for other audiences, broken and opaque ones', async () => {
    const session = await login(tenant);
    const { body } = await token(tenant, {
      grant_type: 'refresh_token',
      refresh_token: session.refresh_token,
      audience: `${tenant.issuer}me/`,
    });
    for (const bad of [String(body.access_token), session.access_token, session.id_token, session.refresh_token]) {
      expect(await exchange(bad)).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
    }
  });
});

describe('a privileged worker', () => {
  let tenant: LocalTenant;
  let key: CryptoKey;
  let jti = 0;
  const worker: TenantClient = {
    clientId: 'worker',
    clientSecret: 'worker-secret',
    redirectUris: [],
    grantTypes: [TOKEN_VAULT_GRANT],
  };
  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    key = privateKey;
    const jwks = { keys: [await exportJWK(publicKey)] };
    tenant = await startLocalTenant({
      clients: [{ ...worker, tokenEndpointAuthMethod: 'client_secret_post', jwks, privilegedWorker: ACCESS }],
      organizations: [{ id: 'org_one', name: 'one', members: ['auth0|bob'] }],
    });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { scopes: ['openid', CALENDAR] });
  });
  afterAll(async () => tenant.stop());

  const request = async (claims: JWTPayload = {}, header: Record<string, unknown> = {}, signer = key) => {
    jti += 1;
    const payload = {
      iss: 'worker',
      sub: 'auth0|alice',
      aud: tenant.issuer,
      iat: now(),
      jti: String(jti),
      audit_context: 'nightly report',
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', typ: 'token-vault-req+jwt', ...header })
      .sign(signer);
  };
  const exchange = async (subjectToken: string, form: Record<string, string> = {}, client = worker) =>
    token(
      tenant,
      {
        grant_type: TOKEN_VAULT_GRANT,
        subject_token: subjectToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        requested_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token',
        connection: 'google-oauth2',
        ...form,
      },
      client,
    );

  it('gets a user’s provider token with a request it signed, and may ask for fewer scopes', async () => {
    const all = await exchange(await request());
    expect(all).toMatchObject({
      status: 200,
      body: {
        scope: `openid ${CALENDAR}`,
        issued_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token',
      },
    });
    const less = await exchange(await request({ exp: Math.floor(Date.now() / 1000) + 30 }), {
      scope: CALENDAR,
    });
    expect(less).toMatchObject({ status: 200, body: { scope: CALENDAR } });
    expect(less.body.access_token).not.toBe(all.body.access_token);
  });

  it.each<[string, () => JWTPayload, Record<string, unknown>?]>([
    ['another type', () => ({}), { typ: 'JWT' }],
    ['no type', () => ({}), { typ: undefined }],
    ['the long form of the type', () => ({}), { typ: 'application/token-vault-req+jwt' }],
    ['another issuer', () => ({ iss: 'other' })],
    ['an unknown user', () => ({ sub: 'auth0|nobody' })],
    ['no user', () => ({ sub: undefined })],
    ['another audience', () => ({ aud: 'https://other.example/' })],
    ['an audience without the slash', () => ({ aud: tenant.domain })],
    ['an iat older than 60 seconds', () => ({ iat: now() - 62 })],
    ['no iat', () => ({ iat: undefined })],
    ['an exp that is over', () => ({ exp: now() - 1 })],
    ['no jti', () => ({ jti: undefined })],
    ['no audit_context', () => ({ audit_context: undefined })],
    ['an empty audit_context', () => ({ audit_context: '' })],
    ['an audit_context of 257 characters', () => ({ audit_context: 'a'.repeat(257) })],
    ['an organization the user is not in', () => ({ org_id: 'org_one' })],
  ])('is refused with %s', async (_what, claims, header = {}) => {
    expect(await exchange(await request(claims(), header))).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant' },
    });
  });

  it('is refused with a jti used before, another key, and the other requested type', async () => {
    const once = await request();
    expect((await exchange(once)).status).toBe(200);
    expect(await exchange(once)).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
    const { privateKey: foreign } = await generateKeyPair('RS256');
    expect((await exchange(await request({}, {}, foreign))).status).toBe(401);
    const federated = 'http://auth0.com/oauth/token-type/federated-connection-access-token';
    expect(await exchange(await request(), { requested_token_type: federated })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('needs a client with registered keys', async () => {
    const plain = { ...worker, clientId: 'plain' };
    tenant.addClient(plain);
    expect(await exchange(await request({ iss: 'plain' }), {}, plain)).toMatchObject({
      status: 403,
      body: { error: 'unauthorized_client' },
    });
  });
});
