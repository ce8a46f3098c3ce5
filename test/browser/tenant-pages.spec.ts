/** The local tenant's pages in a real browser: nothing on them keeps anybody out, and none is a dead end. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { faultsOf } from './page-faults.js';
import { PHONE } from './sample-in-browser.js';

const executablePath = inject('services').chromium;

describe.skipIf(executablePath === undefined).each(['light', 'dark'] as const)(
  'the tenant in %s colours',
  (colorScheme) => {
    let tenant: LocalTenant;
    let browser: Browser;
    let page: Page;
    /** The application that the pages lead back to, as far as it is needed here. */
    const server = createServer((_, response) => response.end('back'));
    let app: string;

    beforeAll(async () => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      app = `http://localhost:${(server.address() as AddressInfo).port}`;
      tenant = await startLocalTenant({
        clients: [{ ...DEFAULT_CLIENT, redirectUris: [`${app}/callback`], logoutUrls: [app] }],
      });
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
      page = await (await browser.newContext({ viewport: PHONE, colorScheme, reducedMotion: 'reduce' })).newPage();
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await tenant?.stop();
      server.close();
    });

    it('passes axe on every page', async () => {
      await page.goto(tenant.domain);
      expect(await faultsOf(page)).toEqual([]);

      await page.goto(authorize());
      expect(await faultsOf(page)).toEqual([]);
      await page.goto(authorize({ screen_hint: 'signup', organization: '' }));
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('radio').first().check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${app}/callback**`);

      await page.goto(await connectUrl());
      expect(await faultsOf(page)).toEqual([]);
      await page
        .locator('input[type=radio]')
        .first()
        .evaluate((radio) => radio.setAttribute('value', 'none'));
      await page.locator('input[type=radio]').first().check();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('alert').waitFor();
      expect(await faultsOf(page)).toEqual([]);

      await page.goto(`${tenant.domain}/oidc/logout?client_id=local-client`);
      await page.getByRole('button', { name: 'Log out' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
    });

    it.each([
      ['a wrong callback URL', () => authorize({ redirect_uri: 'http://evil.example/' })],
      ['a login that is over', () => `${tenant.domain}/u/login/none`],
      ['a ticket that is none', () => `${tenant.domain}/connected-accounts/connect?ticket=none`],
      ['a logout to nowhere', () => `${tenant.domain}/v2/logout?client_id=local-client&returnTo=http://evil.example`],
    ])('leads back from %s', async (_, url) => {
      await page.goto(url());
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'Back to Local web app' }).click();
      expect(new URL(page.url()).origin).toBe(app);
    });

    it('can be used with the keyboard alone', async () => {
      await page.context().clearCookies();
      await page.goto(authorize());
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${app}/callback**`);
      expect(new URL(page.url()).searchParams.has('code')).toBe(true);
    });

    function authorize(changes: Record<string, string> = {}): string {
      const url = new URL('/authorize', tenant.domain);
      const parameters = {
        response_type: 'code',
        client_id: 'local-client',
        redirect_uri: `${app}/callback`,
        scope: 'openid',
        state: 's',
        ...changes,
      };
      for (const [key, value] of Object.entries(parameters)) if (value) url.searchParams.set(key, value);
      return url.href;
    }

    /** The page that a connect request of Alice leads to. */
    async function connectUrl(): Promise<string> {
      const audience = `${tenant.issuer}me/`;
      const token = await tenant.control.mint({
        userId: 'auth0|alice',
        audience,
        scope: 'create:me:connected_accounts',
      });
      const response = await fetch(`${tenant.domain}/me/v1/connected-accounts/connect`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ connection: 'google-oauth2', redirect_uri: `${app}/callback`, state: 's' }),
      });
      const body = (await response.json()) as { connect_uri: string; connect_params: { ticket: string } };
      const url = new URL(body.connect_uri);
      url.searchParams.set('ticket', body.connect_params.ticket);
      return url.href;
    }
  },
);
