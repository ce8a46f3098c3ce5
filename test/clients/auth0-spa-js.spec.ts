import type { Auth0Client, Auth0ClientOptions } from '@auth0/auth0-spa-js';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logIn, publishedScript, startSpa, type Spa } from './support/browser.js';
import { API, CALENDAR, ORDERS } from './support/tenant.js';

declare global {
  interface Window {
    auth0: { Auth0Client: new (options: Auth0ClientOptions) => Auth0Client };
    client: Auth0Client;
  }
}

describe('@auth0/auth0-spa-js', () => {
  let spa: Spa;
  let page: Page;
  beforeAll(async () => {
    spa = await startSpa(await publishedScript('@auth0/auth0-spa-js/dist/auth0-spa-js.production.js'));
  });
  afterAll(async () => spa.stop());
  beforeEach(async () => {
    page = await spa.newPage();
    spa.tenant.control.resetCounts();
  });

  /** Opens the application with a client of its own. */
  const open = async (options: Partial<Auth0ClientOptions> = {}, url = spa.url): Promise<void> => {
    if (url) await page.goto(url);
    const { tenant, clientId } = spa;
    // The SDK wants to be given every scope it asks for, so that each audience has its own.
    const scope = { default: 'openid profile email read:events', [ORDERS]: 'read:orders', [`${tenant.issuer}me/`]: '' };
    const authorizationParams = { redirect_uri: spa.url, audience: API, scope };
    await page.evaluate(
      (given) => {
        window.client = new window.auth0.Auth0Client(given);
      },
      { domain: tenant.domain, clientId, authorizationParams, ...options },
    );
  };

  const redirectLogin = async (options: Partial<Auth0ClientOptions> = {}): Promise<void> => {
    await open(options);
    await page.evaluate(() => {
      void window.client.loginWithRedirect({ appState: { returnTo: '/there' } });
    });
    await logIn(page);
    await page.waitForURL(`${spa.url}/?*code=*`);
    await open(options, '');
    const { appState } = await page.evaluate(() => window.client.handleRedirectCallback<{ returnTo: string }>());
    expect(appState).toEqual({ returnTo: '/there' });
  };

  const token = async (authorizationParams: Record<string, string> = {}): Promise<string> => {
    const value = await page.evaluate(
      (given) => window.client.getTokenSilently({ cacheMode: 'off', authorizationParams: given }),
      authorizationParams,
    );
    return value ?? '';
  };

  it('logs in by redirect, and renews its token silently in an iframe', async () => {
    await redirectLogin();
    expect(await page.evaluate(() => window.client.getUser())).toMatchObject({ sub: 'auth0|alice' });
    expect(decodeJwt(await token())).toMatchObject({ sub: 'auth0|alice', azp: 'spa' });
    expect(spa.tenant.control.count('code'), 'one by redirect, one in the iframe').toBe(2);
  });

  it('finds the session of the tenant silently when it is opened anew', async () => {
    await redirectLogin();
    await open();
    await page.evaluate(() => window.client.checkSession());
    expect(await page.evaluate(() => window.client.isAuthenticated())).toBe(true);
  });

  it('is told by the iframe that nobody is logged in', async () => {
    await open();
    const error = await page.evaluate(() =>
      window.client.getTokenSilently().then(
        () => 'a token',
        (reason: { error: string }) => reason.error,
      ),
    );
    expect(error).toBe('login_required');
  });

  it('gets no token in an iframe for an origin that is not allowed', async () => {
    const { clientId, url } = spa;
    await redirectLogin();
    spa.tenant.addClient({ clientId, redirectUris: [url], logoutUrls: [url], webOrigins: ['http://localhost:1'] });
    const error = await page.evaluate(() =>
      window.client.getTokenSilently({ cacheMode: 'off', timeoutInSeconds: 1 }).then(
        () => 'a token',
        (reason: { error: string }) => reason.error,
      ),
    );
    spa.tenant.addClient({ clientId, redirectUris: [url], logoutUrls: [url], webOrigins: [url] });
    expect(error).toBe('timeout');
  });

  it('logs in with a popup', async () => {
    await open();
    const popupOpens = page.waitForEvent('popup');
    const done = page.evaluate(() => window.client.loginWithPopup());
    const popup = await popupOpens;
    await logIn(popup, 'Bob');
    await done;
    expect(await page.evaluate(() => window.client.getUser())).toMatchObject({ sub: 'auth0|bob' });
  });

  it.each([false, true])('refreshes for its own API and for another (MRRT), with DPoP: %s', async (useDpop) => {
    await redirectLogin({ useRefreshTokens: true, useMrrt: true, useDpop });
    expect(decodeJwt(await token())).toMatchObject({ aud: [API, `${spa.tenant.issuer}userinfo`] });
    const other = decodeJwt(await token({ audience: ORDERS, scope: 'read:orders' }));
    expect([other.aud].flat()).toContain(ORDERS);
    expect('cnf' in other).toBe(useDpop);
    expect(spa.tenant.control.requests.filter(({ kind, status }) => kind === 'refresh' && status === 200)).not.toEqual(
      [],
    );
  });

  it('connects an account by redirect', async () => {
    const options = { useRefreshTokens: true, useMrrt: true, cacheLocation: 'localstorage' } as const;
    await redirectLogin(options);
    await page.evaluate(
      (scopes) => {
        void window.client.connectAccountWithRedirect({ connection: 'google-oauth2', scopes });
      },
      ['openid', CALENDAR],
    );
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(`${spa.url}/?*connect_code=*`);
    await open(options, '');
    const connected = await page.evaluate(() => window.client.handleRedirectCallback());
    expect(connected).toMatchObject({ connection: 'google-oauth2', scopes: ['openid', CALENDAR] });
    expect(spa.tenant.control.accounts('auth0|alice')).toHaveLength(1);
  });

  it('logs out, here and at the tenant', async () => {
    await redirectLogin();
    await page.evaluate((returnTo) => {
      void window.client.logout({ logoutParams: { returnTo } });
    }, spa.url);
    await page.waitForURL(`${spa.url}/`);
    await open();
    await expect(token()).rejects.toThrow('Login required');
  });
});
