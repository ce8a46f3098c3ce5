import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { login, myAccount, myAccountToken } from '../testing/flows.js';

describe('managing connected accounts', () => {
  let tenant: LocalTenant;
  let accessToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    const { refresh_token: refreshToken } = await login(tenant);
    accessToken = await myAccountToken(tenant, refreshToken);
  });
  afterAll(async () => tenant.stop());
  afterEach(() => {
    for (const user of ['auth0|alice', 'auth0|bob']) {
      for (const { id } of tenant.control.accounts(user)) tenant.control.disconnectAccount(user, id);
    }
  });

  const list = async (query = '') => myAccount(tenant, accessToken, 'GET', `accounts${query}`);

  it('lists by pages of ten, by take, and by connections', async () => {
    for (let index = 0; index < 12; index += 1) {
      tenant.control.connectAccount('auth0|alice', index % 2 ? 'github' : 'slack', { email: `a${index}@x.example` });
    }
    tenant.control.connectAccount('auth0|bob', 'github');
    const first = await list();
    expect(first.body.accounts).toHaveLength(10);
    const second = await list(`?from=${String(first.body.next)}`);
    expect(second.body.accounts).toHaveLength(2);
    expect(second.body).not.toHaveProperty('next');
    expect((await list('?take=20')).body.accounts).toHaveLength(12);
    expect((await list('?connection=github')).body.accounts).toHaveLength(6);
    expect((await list('?connection=github&connection=slack&take=12')).body).not.toHaveProperty('next');
    expect((await list('?connection=google-oauth2')).body).toEqual({ accounts: [] });
  });

  it.each([
    'take=0',
    'take=21',
    'take=x',
    'take=',
    'take=1&take=2',
    'take=1e1',
    'from=nonsense',
    `connection=${'c'.repeat(129)}`,
  ])('refuses %s', async (query) => {
    expect(await list(`?${query}`)).toMatchObject({
      status: 400,
      body: { validation_errors: [{ source: 'query' }] },
    });
  });

  it('refuses more than 20 connections', async () => {
    const names = Array.from({ length: 21 }, (_, index) => `connection=c${index}`);
    expect((await list(`?${names.join('&')}`)).status).toBe(400);
  });

  it('lists the connections with their scopes, by pages', async () => {
    const first = await myAccount(tenant, accessToken, 'GET', 'connections?take=2');
    expect(first.body.connections).toMatchObject([
      { name: 'google-oauth2', strategy: 'google-oauth2' },
      { name: 'github' },
    ]);
    const second = await myAccount(tenant, accessToken, 'GET', `connections?take=2&from=${String(first.body.next)}`);
    expect(second.body).toEqual({ connections: [{ name: 'slack', strategy: 'slack', scopes: expect.any(Array) }] });
  });

  it('deletes a user’s own account alone, and answers unknown and foreign ids as if they were gone', async () => {
    const own = tenant.control.connectAccount('auth0|alice', 'github');
    const foreign = tenant.control.connectAccount('auth0|bob', 'github');
    const remove = async (id: string) => (await myAccount(tenant, accessToken, 'DELETE', `accounts/${id}`)).status;
    expect(await remove('nonsense')).toBe(400);
    expect(await remove('cac_')).toBe(400);
    expect(await remove('cac_unknown')).toBe(204);
    expect(await remove(foreign.id)).toBe(204);
    expect(tenant.control.accounts('auth0|alice')).toContainEqual(own);
    expect(await remove(own.id)).toBe(204);
    expect(tenant.control.accounts('auth0|alice')).not.toContainEqual(own);
    expect(await remove(own.id)).toBe(204);
    expect(tenant.control.accounts('auth0|bob')).toHaveLength(1);
  });
});
