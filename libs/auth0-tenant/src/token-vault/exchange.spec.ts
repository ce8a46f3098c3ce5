import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, TOKEN_VAULT_GRANT, type LocalTenant, type TenantClient } from '../index.js';
import { json, login, token } from '../testing/flows.js';

const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

describe('the Token Vault exchange', () => {
  let tenant: LocalTenant;
  let refreshToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    ({ refresh_token: refreshToken } = await login(tenant));
  });
  afterAll(async () => tenant.stop());
  afterEach(() => {
    for (const { id } of tenant.control.accounts('auth0|alice')) tenant.control.disconnectAccount('auth0|alice', id);
    tenant.control.setProviderTokenLifetime(3600);
  });

  const exchange = async (form: Record<string, string | undefined> = {}, client: TenantClient = DEFAULT_CLIENT) => {
    const all: Record<string, string | undefined> = {
      grant_type: TOKEN_VAULT_GRANT,
      subject_token: refreshToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'google-oauth2',
      ...form,
    };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return token(tenant, Object.fromEntries(given), client);
  };
  const google = async (accessToken: unknown) =>
    fetch(`${tenant.domain}/upstream/google/calendar/v3/calendars/primary/events`, {
      headers: { authorization: `Bearer ${String(accessToken)}` },
    });

  const eventsOf = async (login_hint?: string) => {
    const { body } = await exchange({ login_hint });
    const { summary } = await json(await google(body.access_token));
    return summary;
  };

  it('hands out the same provider token while it is fresh, saying what is left, and then a new one', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { scopes: ['openid', CALENDAR] });
    const first = await exchange();
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      access_token: expect.any(String),
      expires_in: expect.any(Number),
      scope: `openid ${CALENDAR}`,
      issued_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      token_type: 'Bearer',
    });
    const { now } = Date;
    Date.now = () => now() + 1_000_000;
    const later = await exchange();
    Date.now = now;
    expect(later.body.access_token).toBe(first.body.access_token);
    expect(Number(first.body.expires_in) - Number(later.body.expires_in)).toBeGreaterThanOrEqual(1000);
    tenant.control.expireProviderTokens({ connection: 'google-oauth2' });
    expect((await google(first.body.access_token)).status).toBe(401);
    const fresh = await exchange();
    expect(fresh.body.access_token).not.toBe(first.body.access_token);
    expect((await google(fresh.body.access_token)).status).toBe(200);
  });

  it('leaves expires_in out for tokens that never expire', async () => {
    tenant.control.setProviderTokenLifetime(null);
    tenant.control.connectAccount('auth0|alice', 'github');
    const { body } = await exchange({ connection: 'github' });
    expect(body).not.toHaveProperty('expires_in');
    expect(body.scope).toBe('repo,read:user');
  });

  it.each([
    ['no subject_token', { subject_token: undefined }],
    ['no subject_token_type', { subject_token_type: undefined }],
    ['an unknown subject_token_type', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['no requested_token_type', { requested_token_type: undefined }],
    ['another requested_token_type', { requested_token_type: 'urn:ietf:params:oauth:token-type:access_token' }],
    [
      'the worker’s requested_token_type',
      { requested_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token' },
    ],
    ['no connection', { connection: undefined }],
    ['an empty connection', { connection: '' }],
    ['an audience', { audience: 'https://api.example.com' }],
    ['a resource', { resource: 'https://api.example.com' }],
  ])('refuses %s as invalid_request', async (_what, form) => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    expect(await exchange(form)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('tells not connected, a bad subject and a bad client apart', async () => {
    tenant.control.connectAccount('auth0|bob', 'google-oauth2', { email: 'bob@work.example' });
    expect(await exchange()).toMatchObject({
      status: 401,
      body: { error: 'federated_connection_refresh_token_not_found', error_description: expect.any(String) },
    });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    expect(await exchange({ login_hint: 'nobody@x.example' })).toMatchObject({
      status: 401,
      body: { error: 'federated_connection_refresh_token_not_found' },
    });
    expect(await exchange({ subject_token: 'nonsense' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant' },
    });
    expect(await exchange({ client_secret: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  it('says so when the provider refuses to refresh', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    const { body } = await exchange();
    tenant.control.revokeAtProvider('auth0|alice', 'google-oauth2');
    expect((await google(body.access_token)).status).toBe(401);
    expect(await exchange()).toMatchObject({
      status: 401,
      body: { error: 'federated_connection_refresh_token_flow_failed' },
    });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    expect((await exchange()).status).toBe(200);
  });

  it('chooses among several accounts by login_hint, else the one connected last', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { email: 'alice@gmail.example', scopes: [CALENDAR] });
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { email: 'alice@work.example', scopes: [CALENDAR] });
    expect(await eventsOf()).toBe('alice@work.example');
    expect(await eventsOf('ALICE@gmail.example')).toBe('alice@gmail.example');
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { email: 'alice@gmail.example', scopes: [CALENDAR] });
    expect(await eventsOf()).toBe('alice@gmail.example');
  });

  it('is refused to clients without the grant, without a secret of their own, and with rotation', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    const plain = { ...DEFAULT_CLIENT, clientId: 'plain', grantTypes: ['authorization_code', 'refresh_token'] };
    tenant.addClient(plain);
    expect(await exchange({}, plain)).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } });
    const other = { ...DEFAULT_CLIENT, clientId: 'other' };
    tenant.addClient(other);
    expect(await exchange({}, other)).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
    tenant.control.setRefreshTokenRotation(DEFAULT_CLIENT.clientId, true);
    const rotating = await exchange();
    tenant.control.setRefreshTokenRotation(DEFAULT_CLIENT.clientId, false);
    expect(rotating).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } });
    expect(String(rotating.body.error_description)).toContain('rotation');
  });

  it('asks for a second factor when told to', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    tenant.control.requireMfa('exchange');
    expect(await exchange()).toMatchObject({
      status: 403,
      body: { error: 'mfa_required', mfa_token: expect.any(String) },
    });
    tenant.control.requireMfa(null);
    expect((await exchange()).status).toBe(200);
  });

  it('forgets a removed account, whose last token the provider still takes', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2', { scopes: [CALENDAR] });
    const { body } = await exchange();
    tenant.control.disconnectAccount('auth0|alice', 'google-oauth2');
    expect((await exchange()).status).toBe(401);
    expect((await google(body.access_token)).status).toBe(200);
  });

  it('gives tokens that work at their own provider alone, and only with the scope', async () => {
    tenant.control.connectAccount('auth0|alice', 'github', { scopes: ['read:user'] });
    tenant.control.connectAccount('auth0|alice', 'slack', { scopes: ['channels:read'] });
    const github = (await exchange({ connection: 'github' })).body.access_token;
    const slack = (await exchange({ connection: 'slack' })).body.access_token;
    const call = async (path: string, bearer: unknown) =>
      (await fetch(`${tenant.domain}/upstream/${path}`, { headers: { authorization: `Bearer ${String(bearer)}` } }))
        .status;
    expect(await call('github/user/repos', github)).toBe(403);
    expect(await call('github/user/repos', slack)).toBe(401);
    expect(await call('slack/api/conversations.list', slack)).toBe(200);
    expect((await google(slack)).status).toBe(401);
    expect(await call('slack/api/unknown', slack)).toBe(404);
    tenant.control.connectAccount('auth0|alice', 'github', { scopes: ['repo'] });
    expect(await call('github/user/repos', (await exchange({ connection: 'github' })).body.access_token)).toBe(200);
  });
});
