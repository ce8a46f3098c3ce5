/** What a person does with the sample app, in a real browser. Leaves a picture of every page in artifacts/screenshots. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { overflow, SampleInBrowser, stopAtTheFirstFailure } from './sample-in-browser.js';

const executablePath = inject('services').chromium;

describe.skipIf(executablePath === undefined).each(['express', 'fastify'])(
  'a person with a browser on %s',
  (adapter) => {
    let sample: SampleInBrowser;
    let page: Page;
    let url: string;

    beforeAll(async () => {
      sample = await SampleInBrowser.start(adapter, executablePath);
      ({ page, url } = sample);
    }, 60_000);

    afterAll(() => sample?.stop());
    stopAtTheFirstFailure();

    const heading = (name: string) => sample.heading(name);
    const picture = (name: string, of?: Page) => sample.picture(name, of);
    const path = (): string => page.url().slice(url.length);

    it('is greeted by a page that says what the app does', async () => {
      await page.goto(url);
      expect(await heading('Your day, from the accounts you choose').isVisible()).toBe(true);
      expect(await overflow(page), 'it fits the window').toEqual({ x: 0, y: 0 });
      expect(await page.locator('body').textContent()).not.toMatch(DEVELOPERS_WORDS);
      await picture('01-welcome');
    });

    it('cancels the login, and is told so in plain words', async () => {
      await page.getByRole('link', { name: 'Log in to begin' }).click();
      await heading('Log in').waitFor();
      expect(page.url()).toContain(sample.tenant.domain);
      await picture('02-login');

      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.waitForURL(`${url}/**`);
      expect(await sample.notice('status').textContent()).toContain('The login was cancelled.');
      await picture('03-login-cancelled');
    });

    it('logs in as one of the users of the tenant', async () => {
      await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
      await sample.logIn('Alice');

      await heading('Good to see you, Alice').waitFor();
      expect(path()).toBe('/');
      expect(await page.locator('body').textContent()).not.toMatch(DEVELOPERS_WORDS);
      await picture('04-home');
    });

    it('is offered to connect Google where it is needed, and may change their mind', async () => {
      await page.getByRole('navigation').getByRole('link', { name: 'Calendar' }).click();
      await heading('Connect Google').waitFor();
      await picture('05-calendar-offers-to-connect');

      await page.getByRole('link', { name: 'Connect Google' }).click();
      await page.waitForURL(`${sample.tenant.domain}/**`);
      await page.getByRole('checkbox', { name: /^See your calendars .*calendar\.readonly$/ }).waitFor();
      await picture('06-consent');
      await page.getByRole('button', { name: 'Cancel' }).click();

      await page.waitForURL(`${url}/calendar**`);
      expect(await sample.notice('status').textContent()).toContain('Google was not connected');
      await heading('Connect Google').waitFor();
      await picture('07-consent-cancelled');
    });

    it('keeps back what the page needs, and is asked for it', async () => {
      await page.getByRole('link', { name: 'Connect Google' }).click();
      await page.getByRole('checkbox', { name: 'calendar.readonly' }).uncheck();
      await page.getByRole('button', { name: 'Approve' }).click();

      await heading('Google needs your permission').waitFor();
      expect(await page.getByRole('list', { name: 'Missing permissions' }).textContent()).toContain(
        'See your calendars',
      );
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
      expect(await sample.notice('status').textContent()).toContain('GitHub is connected');
      expect((await connected()).toSorted()).toEqual(['GitHub', 'Google']);
      await picture('12-both-connected');

      await page.getByRole('navigation').getByRole('link', { name: 'Repositories' }).click();
      await heading('Repositories').waitFor();
      expect(await page.getByRole('listitem').filter({ hasText: 'Updated' }).count()).toBeGreaterThan(0);
      await picture('13-repositories');
    });

    it('finds the same on a phone, with nothing cut off', async () => {
      const small = await sample.phone();
      for (const name of ['calendar', 'accounts', 'repositories']) {
        await small.goto(`${url}/${name}`);
        await picture(`14-phone-${name}`, small);
        expect((await overflow(small)).x, `${name} is wider than the phone by`).toBe(0);
      }
      await small.context().clearCookies();
      await small.goto(url);
      await picture('14-phone-welcome', small);
      expect((await overflow(small)).x, 'the welcome page is wider than the phone by').toBe(0);
      await small.context().close();
    });

    it('disconnects Google, and the calendar offers to connect again', async () => {
      await page.goto(`${url}/accounts`);
      await page.getByRole('link', { name: 'Disconnect Google' }).click();
      await page.getByRole('button', { name: 'Disconnect Google' }).click();

      await page.waitForURL(`${url}/accounts**`);
      expect(await sample.notice('status').textContent()).toContain('disconnected');
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
      expect(page.url()).toContain(sample.tenant.domain);
    });

    /** The names in the list of connected accounts. */
    function connected(): Promise<string[]> {
      return page.getByRole('region', { name: 'Connected' }).getByRole('heading', { level: 3 }).allTextContents();
    }
  },
);

/** What a person need not know to see their day. */
const DEVELOPERS_WORDS = /@Connected|token|scope|OpenID|NestJS|\bAPI\b|single-page|controller/;

/** Of every user of the local tenant. */
const CALENDAR_ENTRY = 'Stand-up';
