/** What a person does with the sample app, in a real browser. Leaves a picture of every page in artifacts/screenshots. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { LocalTenant } from 'auth0-local-tenant';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createApp } from '../../src/create-app.js';
import { startEmbeddedTenant } from '../../src/embedded-tenant.js';
import { readEnvironment } from '../../src/environment.js';
import { freePort } from '../support/test-app.js';

const executablePath = inject('services').chromium;
const pictures = resolve(import.meta.dirname, '../../artifacts/screenshots');
const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

describe.skipIf(executablePath === undefined).each(['express', 'fastify'])(
  'a person with a browser on %s',
  (adapter) => {
    let tenant: LocalTenant;
    let app: INestApplication;
    let url: string;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      await mkdir(pictures, { recursive: true });
      const port = await freePort();
      const given = readEnvironment({ PORT: String(port), HTTP_ADAPTER: adapter, DATABASE_URL: 'sqlite::memory:' });
      const embedded = await startEmbeddedTenant(given);
      tenant = embedded.tenant;
      app = await createApp(embedded.environment);
      await app.listen(port, '127.0.0.1');
      url = embedded.environment.appBaseUrl;
      browser = await chromium.launch({
        executablePath,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
      context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
      context.setDefaultTimeout(10_000);
      page = await context.newPage();
      complaints = listenTo(page);
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      await app?.close();
      await tenant?.stop();
    });

    // The steps build on each other: after one that fails the rest would only wait in vain.
    let hasFailed = false;
    beforeEach(({ skip, onTestFailed }) => {
      skip(hasFailed, 'a step before has failed');
      onTestFailed(() => {
        hasFailed = true;
      });
    });

    /** Keeps what the page looks like; not if the browser has found something wrong with it. */
    const picture = async (name: string, of = page): Promise<void> => {
      await of.screenshot({ path: resolve(pictures, `${adapter}-${name}.png`), fullPage: true });
      const said = complaints.splice(0);
      if (said.length > 0) throw new Error(`the browser complains:\n${said.join('\n')}`);
    };
    const heading = (name: string | RegExp, of = page) => of.getByRole('heading', { name, exact: true });
    const notice = (role: 'alert' | 'status') => page.getByRole('main').getByRole(role);
    const path = (): string => page.url().slice(url.length);

    it('is greeted by a page that says what the app does', async () => {
      await page.goto(url);
      expect(await heading('Your day, from the accounts you choose').isVisible()).toBe(true);
      await picture('01-welcome');
    });

    it('cancels the login, and is told so in plain words', async () => {
      await page.getByRole('link', { name: 'Log in to begin' }).click();
      await heading('Log in').waitFor();
      expect(page.url()).toContain(tenant.domain);
      await picture('02-login');

      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.waitForURL(`${url}/**`);
      expect(await notice('alert').textContent()).toContain('the login was cancelled');
      await picture('03-login-cancelled');
    });

    it('logs in as one of the users of the tenant', async () => {
      await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
      await page.getByRole('radio', { name: 'Alice' }).check();
      await page.getByRole('button', { name: 'Continue' }).click();

      await heading('Good to see you, Alice').waitFor();
      expect(path()).toBe('/');
      await picture('04-home');
    });

    it('is offered to connect Google where it is needed, and may change their mind', async () => {
      await page.getByRole('navigation').getByRole('link', { name: 'Calendar' }).click();
      await heading('Connect Google').waitFor();
      await picture('05-calendar-offers-to-connect');

      await page.getByRole('link', { name: 'Connect Google' }).click();
      await page.waitForURL(`${tenant.domain}/**`);
      await picture('06-consent');
      await page.getByRole('button', { name: 'Cancel' }).click();

      await page.waitForURL(`${url}/calendar**`);
      expect(await notice('alert').textContent()).toContain('Google was not connected');
      await heading('Connect Google').waitFor();
      await picture('07-consent-cancelled');
    });

    it('keeps back what the page needs, and is asked for it', async () => {
      await page.getByRole('link', { name: 'Connect Google' }).click();
      await page.getByRole('checkbox', { name: 'calendar.readonly' }).uncheck();
      await page.getByRole('button', { name: 'Approve' }).click();

      await heading('Google needs your permission').waitFor();
      expect(await page.getByRole('list', { name: 'Missing scopes' }).textContent()).toContain('calendar.readonly');
      await picture('08-permission-missing');
    });

    it('approves, and sees the entries of their calendar', async () => {
      await page.getByRole('link', { name: 'Review permissions' }).click();
      expect(await page.getByRole('checkbox', { name: 'calendar.readonly' }).isChecked()).toBe(true);
      await page.getByRole('button', { name: 'Approve' }).click();

      await heading('Calendar').waitFor();
      expect(new URL(page.url()).pathname).toBe('/calendar');
      const entries = await page.getByRole('heading', { level: 3 }).allTextContents();
      expect(entries.length).toBeGreaterThan(1);
      expect(entries.join()).toContain(CALENDAR_ENTRY);
      await picture('09-calendar');
    });

    it('connects GitHub as well, and sees both accounts', async () => {
      await page.getByRole('navigation').getByRole('link', { name: 'Accounts' }).click();
      expect(await connected()).toEqual(['Google']);
      await picture('10-accounts');

      await page.getByRole('link', { name: 'Connect GitHub' }).click();
      await heading('Connect GitHub').waitFor();
      await picture('11-consent-github');
      await page.getByRole('button', { name: 'Approve' }).click();

      await page.waitForURL(`${url}/accounts**`);
      expect(await notice('status').textContent()).toContain('is connected');
      expect((await connected()).toSorted()).toEqual(['GitHub', 'Google']);
      await picture('12-both-connected');

      await page.getByRole('navigation').getByRole('link', { name: 'Repositories' }).click();
      await heading('Repositories').waitFor();
      expect(await page.getByRole('listitem').filter({ hasText: 'Updated' }).count()).toBeGreaterThan(0);
      await picture('13-repositories');
    });

    it('finds the same on a phone, with nothing cut off', async () => {
      const mobile = await browser.newContext({
        viewport: phone,
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 2,
        storageState: await context.storageState(),
      });
      const small = await mobile.newPage();
      for (const name of ['calendar', 'accounts', 'repositories']) {
        await small.goto(`${url}/${name}`);
        await picture(`14-phone-${name}`, small);
        expect(await overflow(small), `${name} is wider than the phone by`).toBe(0);
      }
      await mobile.clearCookies();
      await small.goto(url);
      await picture('14-phone-welcome', small);
      expect(await overflow(small), 'the welcome page is wider than the phone by').toBe(0);
      await mobile.close();
    });

    it('disconnects Google, and the calendar offers to connect again', async () => {
      await page.goto(`${url}/accounts`);
      await page.getByRole('button', { name: 'Disconnect Google' }).click();

      await page.waitForURL(`${url}/accounts**`);
      expect(await notice('status').textContent()).toContain('disconnected');
      expect(await connected()).toEqual(['GitHub']);
      await picture('15-google-disconnected');

      await page.getByRole('navigation').getByRole('link', { name: 'Calendar' }).click();
      await heading('Connect Google').waitFor();
      expect(await page.getByRole('link', { name: 'Connect Google' }).isVisible()).toBe(true);
      await picture('16-calendar-offers-again');
    });

    it('logs out, and the pages are closed to them', async () => {
      await page.getByRole('button', { name: 'Log out' }).click();
      await heading('Your day, from the accounts you choose').waitFor();
      await picture('17-logged-out');

      await page.goto(`${url}/accounts`);
      await heading('Log in').waitFor();
      expect(page.url()).toContain(tenant.domain);
    });

    /** The names in the list of connected accounts. */
    function connected(): Promise<string[]> {
      return page.getByRole('region', { name: 'Connected' }).getByRole('heading', { level: 3 }).allTextContents();
    }
  },
);

/** Of every user of the local tenant. */
const CALENDAR_ENTRY = 'Stand-up';

/** Collects scripts that fail, policies that are broken, and parts of a page that do not arrive. */
function listenTo(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/content security policy|refused to|mixed content/i.test(message.text())) complaints.push(message.text());
  });
  page.on('response', (response) => {
    const isPart = !response.request().isNavigationRequest();
    if (response.status() >= 500 || (isPart && response.status() >= 400)) {
      complaints.push(`${response.status()} ${response.url()}`);
    }
  });
  page.on('requestfailed', (request) => complaints.push(`${request.failure()?.errorText} ${request.url()}`));
  return complaints;
}

function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
