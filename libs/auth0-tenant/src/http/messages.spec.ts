import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { authorizeUrl, consent, login, myAccountToken, startConnect } from '../testing/flows.js';

/** A second application, to tell the right way back from any. */
const OTHER = {
  clientId: 'other',
  name: 'Other <app>',
  redirectUris: ['http://other.example/callback'],
  grantTypes: ['authorization_code'],
};

describe('a page that leads nowhere', () => {
  let tenant: LocalTenant;
  beforeEach(async () => {
    tenant = await startLocalTenant({
      clients: [DEFAULT_CLIENT, OTHER, { clientId: 'm2m', clientSecret: 'x', redirectUris: [] }],
    });
  });
  afterEach(async () => tenant.stop());

  const toDefault = [['http://localhost:3000', 'Back to Local web app']];
  const toAny = [...toDefault, ['http://other.example', 'Back to Other &lt;app&gt;']];

  it('leads back to the application that asked with a wrong callback URL', async () => {
    const page = await fetch(authorizeUrl(tenant, { redirect_uri: 'http://evil.example/' }));
    expect(page.status).toBe(400);
    expect(links(await page.text())).toEqual(toDefault);
  });

  it('leads back to any application when it is not known which one asked', async () => {
    const page = await fetch(authorizeUrl(tenant, { client_id: 'nobody' }));
    expect(page.status).toBe(400);
    expect(links(await page.text())).toEqual(toAny);
  });

  it('leads back from a login that was begun in another browser', async () => {
    const arrived = await new Browser().follow(authorizeUrl(tenant));
    if ('left' in arrived) throw new Error('no page');
    const page = await fetch(arrived.url);
    expect(page.status).toBe(400);
    expect(links(await page.text())).toEqual(toDefault);
    expect(links(await (await fetch(new URL('/u/login/none', tenant.issuer))).text())).toEqual(toAny);
  });

  it('leads back from a ticket that was used', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    const { connectUrl } = await startConnect(tenant, await myAccountToken(tenant, refreshToken));
    await consent(connectUrl, [['action', 'cancel']]);
    expect(links(await (await fetch(connectUrl)).text())).toEqual(toDefault);
    connectUrl.searchParams.set('ticket', 'unknown');
    expect(links(await (await fetch(connectUrl)).text())).toEqual(toAny);
  });

  it('gives an application its answer when somebody else is logged in', async () => {
    const browser = new Browser();
    await login(tenant, { browser, user: 'auth0|bob' });
    const { refresh_token: refreshToken } = await login(tenant);
    const { connectUrl } = await startConnect(tenant, await myAccountToken(tenant, refreshToken));
    const [[back = ''] = []] = links(await (await browser.get(connectUrl)).text());
    expect(Object.fromEntries(new URL(back.replaceAll('&amp;', '&')).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'connect-state',
    });
  });

  it('leads back from a logout, whatever came of it', async () => {
    expect(await linksOf(tenant, '/oidc/logout')).toEqual(toAny);
    expect(await linksOf(tenant, '/oidc/logout?client_id=other')).toEqual([toAny[1]]);
    expect(await linksOf(tenant, '/oidc/logout?client_id=other&post_logout_redirect_uri=http://evil.example')).toEqual([
      toAny[1],
    ]);
    expect(await linksOf(tenant, '/v2/logout?client_id=local-client&returnTo=http://evil.example')).toEqual(toDefault);
    expect(await linksOf(tenant, '/v2/logout?client_id=nobody')).toEqual(toAny);
  });

  it('says who is still logged in, when that is what they want', async () => {
    const browser = new Browser();
    await login(tenant, { browser });
    const url = `${tenant.domain}/oidc/logout?client_id=local-client`;
    const asked = await (await browser.get(url)).text();
    expect(asked).toContain('<strong>Local web app</strong>');
    expect(asked).toContain('<strong>Alice Example</strong>');
    expect(await (await browser.post(url, [['action', 'cancel']])).text()).toContain('Still logged in');
  });

  it('is not the front page, which names the applications', async () => {
    const home = await (await fetch(tenant.domain)).text();
    expect(home).toContain(tenant.issuer);
    expect(links(home)).toEqual(toAny);
  });
});

describe('a page that asks', () => {
  it('names the application, not its client id', async () => {
    await using tenant = await startLocalTenant();
    const browser = new Browser();
    const arrived = await browser.follow(authorizeUrl(tenant));
    const html = 'page' in arrived ? await arrived.page.text() : '';
    expect(html).toContain('<strong>Local web app</strong>');
    expect(html).not.toContain(DEFAULT_CLIENT.clientId);
    const { refresh_token: refreshToken } = await login(tenant);
    const { connectUrl } = await startConnect(tenant, await myAccountToken(tenant, refreshToken));
    expect(await (await fetch(connectUrl)).text()).toContain('<strong>Local web app</strong> wants to use Google');
  });
});

/** The links of a page of the tenant. */
async function linksOf(tenant: LocalTenant, path: string): Promise<string[][]> {
  return links(await (await fetch(tenant.domain + path)).text());
}

/** The links of a page, with their texts. */
function links(html: string): string[][] {
  return [...html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(([, href = '', text = '']) => [
    href,
    text,
  ]);
}
