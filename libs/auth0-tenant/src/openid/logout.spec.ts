import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { authorizeUrl, login } from '../testing/flows.js';

describe('logout', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant();
  });
  afterAll(async () => tenant.stop());

  const logoutUrl = (path: string, parameters: Record<string, string>) => {
    const url = new URL(path, tenant.issuer);
    url.search = new URLSearchParams(parameters).toString();
    return url;
  };
  const isLoggedIn = async (browser: Browser) => 'left' in (await browser.follow(authorizeUrl(tenant)));
  const home = 'http://localhost:3000';

  it('ends the session at once when the ID token is of its user', async () => {
    const browser = new Browser();
    const { id_token: idToken } = await login(tenant, { browser });
    const response = await browser.get(
      logoutUrl('oidc/logout', { id_token_hint: idToken, post_logout_redirect_uri: home, state: 's' }),
    );
    expect(response.headers.get('location')).toBe(`${home}/?state=s`);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it('ends the session at once when logout_hint is its sid', async () => {
    const browser = new Browser();
    const { id_token: idToken } = await login(tenant, { browser });
    const hinted = (sid: unknown) =>
      logoutUrl('oidc/logout', {
        client_id: DEFAULT_CLIENT.clientId,
        logout_hint: String(sid),
        post_logout_redirect_uri: home,
      });
    expect((await browser.get(hinted('other'))).status).toBe(200);
    expect((await browser.get(hinted(decodeJwt(idToken).sid))).headers.get('location')).toBe(home);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it('asks first without an ID token, by a form that works without script', async () => {
    const browser = new Browser();
    await login(tenant, { browser });
    const url = logoutUrl('oidc/logout', { client_id: DEFAULT_CLIENT.clientId, post_logout_redirect_uri: home });
    expect((await browser.get(url)).status).toBe(200);
    expect(await isLoggedIn(browser)).toBe(true);
    const response = await browser.post(url, [['action', 'logout']]);
    expect(response.headers.get('location')).toBe(home);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it('redirects at once when nobody is logged in', async () => {
    const url = logoutUrl('oidc/logout', { client_id: DEFAULT_CLIENT.clientId, post_logout_redirect_uri: home });
    expect((await new Browser().get(url)).headers.get('location')).toBe(home);
  });

  it('redirects nowhere that is not registered, and ends nothing then', async () => {
    const browser = new Browser();
    const { id_token: idToken } = await login(tenant, { browser });
    const evil = 'https://evil.example/';
    for (const url of [
      logoutUrl('oidc/logout', { id_token_hint: idToken, post_logout_redirect_uri: evil }),
      logoutUrl('oidc/logout', { post_logout_redirect_uri: evil }),
      logoutUrl('oidc/logout', { id_token_hint: `${idToken}x`, post_logout_redirect_uri: home }),
      logoutUrl('oidc/logout', { id_token_hint: idToken, client_id: 'other', post_logout_redirect_uri: home }),
      logoutUrl('v2/logout', { client_id: DEFAULT_CLIENT.clientId, returnTo: evil }),
      logoutUrl('v2/logout', { client_id: 'nobody', returnTo: home }),
    ]) {
      const response = await browser.get(url);
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
    }
    expect(await isLoggedIn(browser)).toBe(true);
  });

  it('ends the session by /v2/logout', async () => {
    const browser = new Browser();
    await login(tenant, { browser });
    const url = logoutUrl('v2/logout', { client_id: DEFAULT_CLIENT.clientId, returnTo: home });
    expect((await browser.get(url)).headers.get('location')).toBe(home);
    expect(await isLoggedIn(browser)).toBe(false);
  });
});
