import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { login, myAccount, myAccountToken, token } from '../testing/flows.js';

describe('the control of a tenant', () => {
  let tenant: LocalTenant;
  beforeEach(async () => {
    tenant = await startLocalTenant();
  });
  afterEach(async () => tenant.stop());

  const client = { grant_type: 'client_credentials' };

  it('records and counts what arrives, with lower-case headers and the parsed body', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    expect(tenant.control.count('code')).toBe(1);
    tenant.control.resetCounts();
    await token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken });
    expect(tenant.control.count('refresh')).toBe(1);
    expect(tenant.control.count('code')).toBe(0);
    expect(tenant.control.requests.at(-1)).toMatchObject({
      kind: 'refresh',
      method: 'POST',
      path: '/oauth/token',
      headers: { host: new URL(tenant.issuer).host },
      body: { grant_type: 'refresh_token', refresh_token: refreshToken },
      status: 200,
    });
  });

  it('answers the next calls with exactly the scripted answer, and the ones after as usual', async () => {
    tenant.control.failNext('token-other', {
      status: 503,
      body: { error: 'no' },
      headers: { 'retry-after': '2' },
      times: 2,
    });
    for (const status of [503, 503, 403]) expect((await token(tenant, client)).status).toBe(status);
    tenant.control.failNext('discovery', { status: 502, body: '<h1>Bad gateway</h1>', contentType: 'text/html' });
    const gateway = await fetch(`${tenant.domain}/.well-known/openid-configuration`);
    expect(gateway.status).toBe(502);
    expect(gateway.headers.get('content-type')).toBe('text/html');
    expect(await gateway.text()).toBe('<h1>Bad gateway</h1>');
  });

  it('fails only the calls that match', async () => {
    tenant.control.failNext('token-other', {
      status: 500,
      match: (request) => request.query.x === '1',
    });
    expect((await token(tenant, client)).status).toBe(403);
    const response = await fetch(`${tenant.domain}/oauth/token?x=1`, { method: 'POST' });
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
  });

  it('parks a held call until its release, and lets others pass', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    const hold = tenant.control.hold('refresh');
    const parked = token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken });
    expect((await hold.arrived).kind).toBe('refresh');
    expect((await token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken })).status).toBe(200);
    tenant.control.revokeRefreshTokens('auth0|alice');
    hold.release();
    expect(await parked).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
  });

  it('carries a rewritten call out and replaces its answer', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    const accessToken = await myAccountToken(tenant, refreshToken);
    tenant.control.connectAccount('auth0|alice', 'github');
    tenant.control.rewriteNext('accounts', (body) => ({ ...body, next: 'lie' }));
    expect((await myAccount(tenant, accessToken, 'GET', 'accounts')).body).toMatchObject({
      accounts: [{ connection: 'github' }],
      next: 'lie',
    });
    expect((await myAccount(tenant, accessToken, 'GET', 'accounts')).body).not.toHaveProperty('next');
  });

  it('answers 429 beyond a rate, in the shape of the endpoint', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    const accessToken = await myAccountToken(tenant, refreshToken);
    tenant.control.rateLimit('accounts', { limit: 1, windowMs: 60_000, retryAfterSeconds: 7 });
    const first = await myAccount(tenant, accessToken, 'GET', 'accounts');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('0');
    const second = await myAccount(tenant, accessToken, 'GET', 'accounts');
    expect(second).toMatchObject({ status: 429, body: { status: 429, title: 'Too Many Requests' } });
    expect(second.headers.get('retry-after')).toBe('7');
    expect(second.headers.get('x-auth0-error-kind')).toBe('global-rate-limit');
    expect(Number(second.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
    tenant.control.rateLimit('refresh', { limit: 0, windowMs: 60_000, retryAfterSeconds: 1 });
    const refresh = await token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken });
    expect(refresh).toMatchObject({ status: 429, body: { error: 'too_many_requests' } });
    tenant.control.rateLimit('refresh', undefined);
    expect((await token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken })).status).toBe(200);
  });

  it('lets go of held calls when it stops', async () => {
    const hold = tenant.control.hold('discovery');
    const parked = fetch(`${tenant.domain}/.well-known/openid-configuration`).then(
      () => 'answered',
      () => 'cut off',
    );
    await hold.arrived;
    await tenant.stop();
    expect(['answered', 'cut off']).toContain(await parked);
  });
});
