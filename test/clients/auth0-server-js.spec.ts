import { ServerClient, type StateData, type TransactionData } from '@auth0/auth0-server-js';
import type { LocalTenant } from 'auth0-local-tenant';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { logIn } from './support/at-the-tenant.js';
import { API, domainOf, ORDERS, startTenant, WEB } from './support/tenant.js';

const HOME = 'http://localhost:3000';
const CALLBACK = `${HOME}/callback`;

/** Sessions and transactions of one browser, in memory. */
class MemoryStore<T> {
  readonly data = new Map<string, T>();

  async set(identifier: string, data: T): Promise<void> {
    this.data.set(identifier, data);
  }

  async get(identifier: string): Promise<T | undefined> {
    return this.data.get(identifier);
  }

  async delete(identifier: string): Promise<void> {
    this.data.delete(identifier);
  }

  async deleteByLogoutToken({ sid }: { sid?: string }): Promise<void> {
    for (const [identifier, data] of this.data) {
      if ((data as { internal?: { sid?: string } }).internal?.sid === sid) this.data.delete(identifier);
    }
  }
}

describe('@auth0/auth0-server-js', () => {
  let tenant: LocalTenant;
  let client: ServerClient;
  let person: Person;
  beforeAll(async () => {
    tenant = await startTenant();
    tenant.addClient({ ...WEB, redirectUris: [CALLBACK], logoutUrls: [HOME] });
  });
  afterAll(async () => tenant.stop());
  beforeEach(() => {
    person = new Person();
    client = new ServerClient({
      domain: domainOf(tenant),
      ...WEB,
      authorizationParams: { redirect_uri: CALLBACK, scope: 'openid profile email offline_access', audience: API },
      stateStore: new MemoryStore<StateData>(),
      transactionStore: new MemoryStore<TransactionData>(),
    });
  });

  const login = async (options: Parameters<ServerClient['startInteractiveLogin']>[0] = {}) => {
    const url = await client.startInteractiveLogin(options);
    const callback = await logIn(person, await person.open(url), CALLBACK);
    return client.completeInteractiveLogin<{ returnTo: string }>(new URL(callback));
  };

  it.each([false, true])('logs in, with the request pushed: %s', async (pushedAuthorizationRequests) => {
    const { appState } = await login({ pushedAuthorizationRequests, appState: { returnTo: '/there' } });
    expect(appState).toEqual({ returnTo: '/there' });
    expect(await client.getUser()).toMatchObject({ sub: 'auth0|alice', name: 'Alice Example' });
  });

  it('keeps its access token while it is fresh, and refreshes it for another API (MRRT)', async () => {
    await login();
    const { accessToken } = await client.getAccessToken();
    tenant.control.resetCounts();
    expect((await client.getAccessToken()).accessToken).toBe(accessToken);
    expect(tenant.control.count('refresh')).toBe(0);
    const other = await client.getAccessToken({ audience: ORDERS, scope: 'read:orders' });
    expect(decodeJwt(other.accessToken)).toMatchObject({ aud: ORDERS, scope: 'read:orders' });
    expect(tenant.control.count('refresh')).toBe(1);
  });

  it('refreshes an access token that has expired', async () => {
    tenant.control.setTokenLifetimes({ accessToken: 1 });
    await login();
    tenant.control.setTokenLifetimes({ accessToken: 86_400 });
    const { now } = Date;
    Date.now = () => now() + 10_000;
    try {
      const { expiresAt } = await client.getAccessToken();
      expect(expiresAt).toBeGreaterThan(now() / 1000 + 3600);
    } finally {
      Date.now = now;
    }
  });

  it('gets the token of a connected account', async () => {
    tenant.control.connectAccount('auth0|alice', 'google-oauth2');
    await login();
    const token = await client.getAccessTokenForConnection({ connection: 'google-oauth2' });
    expect(token.accessToken).toMatch(/^google-oauth2_/);
    await expect(client.getAccessTokenForConnection({ connection: 'github' })).rejects.toMatchObject({
      cause: { error: 'federated_connection_refresh_token_not_found' },
    });
  });

  it('logs out, here and by the back channel', async () => {
    await login();
    const url = await client.logout({ returnTo: HOME });
    expect(await client.getUser()).toBeUndefined();
    // The SDK sends no id_token_hint, so that the tenant asks.
    const page = await person.open(url);
    expect((await person.submit(page, { action: 'logout' }, { until: HOME })).location).toBe(`${HOME}/`);
    await login();
    const user = await client.getUser();
    const token = await tenant.control.logoutToken({ aud: WEB.clientId, sub: user?.sub, sid: user?.sid });
    await client.handleBackchannelLogout(token);
    expect(await client.getUser()).toBeUndefined();
  });
});
