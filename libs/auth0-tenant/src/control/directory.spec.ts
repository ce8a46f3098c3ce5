import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { authorizeUrl, connect, login, myAccount, myAccountToken, startConnect, token } from '../testing/flows.js';
import { Browser } from '../testing/browser.js';

describe('what a tenant is made of, while it runs', () => {
  let tenant: LocalTenant;
  beforeEach(async () => {
    tenant = await startLocalTenant();
  });
  afterEach(async () => tenant.stop());

  const refresh = async (refreshToken: string, audience?: string) =>
    token(tenant, { grant_type: 'refresh_token', refresh_token: refreshToken, ...(audience && { audience }) });

  it('takes a user in, and lets go of everything of one who leaves', async () => {
    tenant.control.addUser({ userId: 'auth0|dora', name: 'Dora Example', email: 'dora@example.com' });
    tenant.control.addOrganization({ id: 'org_1', name: 'one', members: ['auth0|dora'] });
    const dora = await login(tenant, { user: 'auth0|dora' });
    tenant.control.connectAccount('auth0|dora', 'github');
    tenant.control.removeUser('auth0|dora');
    expect(await refresh(dora.refresh_token)).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
    expect(tenant.control.accounts('auth0|dora')).toEqual([]);
    await expect(login(tenant, { user: 'auth0|dora' })).rejects.toThrow('login did not end: 400');
    await expect(tenant.control.loginAs({ userId: 'auth0|dora' })).rejects.toThrow('no such user: auth0|dora');
  });

  it('shows the login page again to a browser whose user was removed', async () => {
    const browser = new Browser();
    await login(tenant, { browser });
    tenant.control.removeUser('auth0|alice');
    expect(await browser.follow(authorizeUrl(tenant))).toHaveProperty('page');
  });

  it('offers a new API to refresh tokens there are, and refuses one that is gone', async () => {
    tenant.control.setUnknownAudience('refuse');
    const { refresh_token: refreshToken } = await login(tenant);
    expect((await refresh(refreshToken, 'https://new.example')).status).toBe(403);
    tenant.control.addApi({ identifier: 'https://new.example', scopes: ['read:new'] });
    const { access_token: accessToken } = await login(tenant, {
      audience: 'https://new.example',
      scope: 'openid read:new',
    });
    expect(accessToken.split('.')).toHaveLength(3);
    tenant.control.removeApi('https://new.example');
    expect((await refresh(refreshToken, 'https://new.example')).status).toBe(403);
    tenant.control.setUnknownAudience('ignore');
  });

  it('offers a new connection, and ends connecting one that is gone', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    const accessToken = await myAccountToken(tenant, refreshToken);
    tenant.control.addConnection({ name: 'figma', strategy: 'figma', scopes: ['files:read'] });
    expect(
      await connect(tenant, accessToken, { connection: 'figma', scopes: ['files:read'], account: 'alice@example.com' }),
    ).toMatchObject({ connection: 'figma' });
    const { connectUrl } = await startConnect(tenant, accessToken, { connection: 'github', scopes: ['repo'] });
    tenant.control.removeConnection('github');
    expect((await fetch(connectUrl)).status).toBe(400);
    expect(
      (
        await myAccount(tenant, accessToken, 'POST', 'connect', {
          connection: 'github',
          redirect_uri: DEFAULT_CLIENT.redirectUris[0],
        })
      ).status,
    ).toBe(400);
  });

  it('forgets a client', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    tenant.control.removeClient(DEFAULT_CLIENT.clientId);
    expect((await refresh(refreshToken)).status).toBe(401);
    tenant.control.addClient(DEFAULT_CLIENT);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('takes nothing that makes no sense', () => {
    expect(() => tenant.addClient({ clientId: 'x', redirectUris: ['nowhere'], api: 'https://none.example' })).toThrow(
      'client.redirectUris[0]: must be an absolute URL',
    );
    expect(() => tenant.control.addOrganization({ id: 'o', name: 'o', members: ['x'] })).toThrow('there is no user x');
  });

  it('is as at the start after a reset, with nobody logged in and nothing scripted', async () => {
    const browser = new Browser();
    const { refresh_token: refreshToken } = await login(tenant, { browser });
    tenant.control.connectAccount('auth0|alice', 'github');
    tenant.control.addUser({ userId: 'auth0|dora', name: 'Dora', email: 'dora@example.com' });
    tenant.control.removeConnection('slack');
    tenant.control.idTokenClaims('auth0|alice', { 'https://example.com/vip': true });
    tenant.control.setTokenLifetimes({ accessToken: 1 });
    tenant.control.failNext('refresh', { status: 500 });
    tenant.control.requireMfa('refresh');
    const hold = tenant.control.hold('discovery');
    const parked = fetch(`${tenant.domain}/.well-known/openid-configuration`);
    await hold.arrived;

    tenant.control.reset();
    expect((await parked).status).toBe(200);
    expect(tenant.control.requests).toEqual([]);
    expect(tenant.control.accounts('auth0|alice')).toEqual([]);
    expect(await refresh(refreshToken)).toMatchObject({ status: 403, body: { error: 'invalid_grant' } });
    expect(await browser.follow(authorizeUrl(tenant))).toHaveProperty('page');
    const again = await login(tenant);
    expect(again.expires_in).toBe(86_400);
    expect(Buffer.from(again.id_token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('vip');
    expect(tenant.control.connectAccount('auth0|alice', 'slack').connection).toBe('slack');
    await expect(tenant.control.loginAs({ userId: 'auth0|dora' })).rejects.toThrow('no such user');
  });

  it('stops at the end of an "await using" block', async () => {
    let domain = '';
    {
      await using inner = await startLocalTenant();
      domain = inner.domain;
      expect((await fetch(`${domain}/.well-known/openid-configuration`)).status).toBe(200);
    }
    await expect(fetch(domain)).rejects.toThrow('fetch failed');
  });
});
