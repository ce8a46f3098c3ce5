/** The accounts page in a real browser: what is connected, what it may do, whether it works, and where one is logged in. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { faultsOf } from './page-faults.js';
import { overflow, SampleInBrowser, stopAtTheFirstFailure } from './sample-in-browser.js';

const executablePath = inject('services').chromium;
const ALICE = 'auth0|alice';

describe.skipIf(executablePath === undefined).each(['express', 'fastify'])('the accounts page on %s', (adapter) => {
  let sample: SampleInBrowser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    sample = await SampleInBrowser.start(adapter, executablePath);
    ({ page, url } = sample);
  }, 60_000);

  afterAll(() => sample?.stop());
  stopAtTheFirstFailure();

  const connected = () => page.getByRole('region', { name: 'Connected' }).getByRole('listitem');
  const card = (text: string | RegExp) => page.locator('.account').filter({ hasText: text });
  const told = () => sample.notice('status').textContent();

  it('says what can be connected where nothing is', async () => {
    await page.goto(`${url}/accounts`);
    await page.getByText('to continue to Daylight').waitFor();
    await sample.logIn('Alice');
    await sample.heading('Nothing connected yet').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await sample.picture('30-accounts-empty');
  });

  it('tells in words what an account may do, and that it works', async () => {
    await connect('Connect Google');
    expect(await told()).toContain('Google is connected.');
    expect(await card('Google').textContent()).toMatch(
      /Working[\s\S]*See your calendars[\s\S]*Not yet[\s\S]*Calendar, Agenda, Agent/,
    );
    expect(await card('Google').textContent()).not.toContain('googleapis.com');
  });

  it('does not say again at a reload what it has said', async () => {
    await page.reload();
    await sample.heading('Accounts').waitFor();
    expect(await sample.notice('status').count()).toBe(0);
  });

  it('offers under "Connect more" what is not connected yet, and one more beside what is', async () => {
    const names = page.getByRole('region', { name: 'Connect more' }).getByRole('heading', { level: 3 });
    expect(await names.allTextContents()).not.toContain('Google');
    expect(await names.allTextContents()).toContain('GitHub');
    const more = page.getByRole('region', { name: 'Connected' }).getByRole('link', { name: /^Add another/ });
    expect(await more.allTextContents()).toEqual(['Add another Google account']);
  });

  it('asks the provider for the address of an account', async () => {
    expect(await card('alice@gmail.example').count()).toBe(1);
    await connect('Add another Google account', /work/);
    expect(await card('alice@work.example').count()).toBe(1);
    expect(await page.getByRole('link', { name: 'Add another Google account' }).count()).toBe(1);
  });

  it('goes on with the account that it used before there were two', async () => {
    expect(await card('Used by the pages').textContent()).toContain('alice@gmail.example');
    await page.goto(`${url}/calendar`);
    expect(await page.locator('.source').textContent()).toContain('alice@gmail.example');
    await page.goto(`${url}/accounts`);
  });

  it('takes an address by which Token Vault knows an account, and no other', async () => {
    await tellAddress(card('alice@work.example'), 'somebody@else.example');
    expect(await told()).toContain('Google knows no connected account of yours by that address.');
    await tellAddress(card('alice@work.example'), 'Alice@work.example');
    expect(await card('Alice@work.example').count()).toBe(1);
    await tellAddress(card('Alice@work.example'), 'alice@work.example');
  });

  it('lets the person choose which of two accounts the pages use', async () => {
    await card('alice@work.example').getByRole('button', { name: 'Use this one' }).click();
    expect(await told()).toContain('The pages use this account of Google from now on.');
    expect(await card('Used by the pages').textContent()).toContain('alice@work.example');
    expect(await faultsOf(page)).toEqual([]);

    await page.goto(`${url}/calendar`);
    expect(await page.locator('.source').textContent()).toContain('alice@work.example');
    await page.goto(`${url}/accounts`);
    expect(await card('alice@work.example').textContent()).toContain('Calendar, Agenda, Agent');
    expect(await card('alice@gmail.example').textContent()).toMatch(/Used by\s*No page/);
    expect(await card('alice@work.example').textContent()).not.toContain('Not yet');
  });

  it('does not call an account working that was given no permission', async () => {
    await page.getByRole('link', { name: 'Connect GitHub' }).click();
    await page.getByRole('checkbox').first().waitFor();
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(`${url}/accounts**`);

    expect(await card('GitHub').textContent()).toMatch(
      /Permission missing[\s\S]*Nothing is granted[\s\S]*still needs your permission:\s*See and change your public repositories/,
    );
    await card('GitHub').getByRole('link', { name: 'Review permissions' }).click();
    await approve();
    expect(await card('GitHub').last().textContent()).toMatch(/Working[\s\S]*See and change your public repositories/);
  });

  it('says so when the provider no longer lets the app in', async () => {
    sample.tenant.control.revokeAtProvider(ALICE, 'github');
    sample.tenant.control.expireProviderTokens({ userId: ALICE, connection: 'github' });
    await page.goto(`${url}/repositories`);
    await sample.heading('Connect GitHub').waitFor();
    await page.goto(`${url}/accounts`);
    await card('GitHub').first().waitFor();
    expect(await card('GitHub').first().textContent()).toMatch(/Reconnect needed[\s\S]*Connect again/);
    await sample.picture('31-accounts');
  });

  it.each([
    { look: 'in light colours', colorScheme: 'light', forcedColors: 'none' },
    { look: 'in dark colours', colorScheme: 'dark', forcedColors: 'none' },
    { look: 'in forced colours', colorScheme: 'light', forcedColors: 'active' },
    { look: 'in forced dark colours', colorScheme: 'dark', forcedColors: 'active' },
  ] as const)('is whole on a phone $look', async ({ look, colorScheme, forcedColors }) => {
    const small = await sample.phone({ colorScheme, forcedColors });
    await small.goto(`${url}/accounts`);
    expect(await faultsOf(small)).toEqual([]);
    await sample.picture(`32-accounts-phone-${look.replaceAll(' ', '-')}`, small);
    await small.context().close();
  });

  it('keeps words whole, also at four times the size', async () => {
    const small = await sample.phone();
    await small.goto(`${url}/accounts`);
    const nav = await small.getByRole('navigation').getByRole('link').all();
    expect(new Set(await Promise.all(nav.map(async (link) => (await link.boundingBox())?.y))).size, 'lines').toBe(1);

    await small.setViewportSize({ width: 320, height: 256 });
    for (const name of await small
      .getByRole('region', { name: 'Connect more' })
      .getByRole('heading', { level: 3 })
      .all())
      expect((await name.boundingBox())?.height, 'of one line').toBeLessThan(30);
    await sample.picture('32-accounts-at-four-times-the-size', small);
    for (const path of ['/', '/accounts', '/calendar', '/repositories', '/agenda', '/agent']) {
      await small.goto(url + path);
      expect((await overflow(small)).x, `${path} is wider than the window by`).toBe(0);
    }
    await small.context().close();
  });

  it('needs no script', async () => {
    const plain = await sample.phone({ javaScriptEnabled: false });
    await plain.goto(`${url}/accounts`);
    await plain.getByRole('link', { name: 'Disconnect' }).first().click();
    await plain.getByRole('link', { name: 'Keep it' }).click();
    expect(plain.url()).toBe(`${url}/accounts`);
    for (const path of ['/agenda', '/agent']) {
      await plain.goto(url + path);
      const main = plain.getByRole('main');
      await main.getByRole('link', { name: 'calendar' }).waitFor();
      expect(await main.getByRole('button').count(), `buttons that do nothing on ${path}`).toBe(0);
    }
    await plain.context().close();
  });

  it('says what disconnecting means before it does it', async () => {
    const before = await connected()
      .filter({ has: page.locator('.account') })
      .count();
    await card('alice@gmail.example').getByRole('link', { name: 'Disconnect' }).click();
    await sample.heading('Disconnect this Google account?').waitFor();
    expect(await page.getByRole('main').textContent()).toMatch(
      /alice@gmail\.example[\s\S]*Your other Google accounts stay, and are there for what uses Google: Calendar, Agenda, Agent/,
    );
    expect(await page.getByRole('link', { name: 'your settings at Google' }).getAttribute('href')).toBe(
      'https://myaccount.google.com/connections',
    );
    expect(await faultsOf(page)).toEqual([]);
    await sample.picture('33-disconnect');

    await page.getByRole('link', { name: 'Keep it' }).click();
    expect(
      await connected()
        .filter({ has: page.locator('.account') })
        .count(),
    ).toBe(before);
    await card('alice@gmail.example').getByRole('link', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Disconnect this account' }).click();
    expect(await told()).toContain(
      'Your Google account alice@gmail.example is disconnected, and its access tokens are gone. Your others stay.',
    );
    expect(await card('alice@gmail.example').count()).toBe(0);
    // The keyboard and a screen reader go on from what was said.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('is disconnected');
    expect(page.url(), 'no address of an account in an address').toBe(`${url}/accounts`);
  });

  it('says it once, and leads on from where one has been before', async () => {
    const plain = await sample.phone({ javaScriptEnabled: false });
    sample.tenant.control.connectAccount(ALICE, 'slack', { scopes: ['channels:read'] });
    await plain.goto(`${url}/accounts`);
    await plain.getByRole('link', { name: 'Disconnect Slack' }).click();
    await plain.getByRole('button', { name: 'Disconnect Slack' }).click();
    const notice = plain.locator('main > .notice');
    expect(await notice.textContent()).toContain('is disconnected');
    await plain.reload();
    expect(await notice.count()).toBe(0);

    await plain.goBack();
    await sample.heading('Accounts', plain).waitFor();
    expect(await notice.textContent()).toContain('That account is not connected any more.');
    await plain.context().close();
  });

  it('says what asks for the account again where it is the only one', async () => {
    await card('alice@work.example').getByRole('link', { name: 'Disconnect' }).click();
    await sample.heading('Disconnect Google?').waitFor();
    expect(await page.getByRole('main').textContent()).toContain(
      'What uses it will ask you to connect it again: Calendar, Agenda, Agent.',
    );
  });

  it('gets over a chosen account that was disconnected elsewhere', async () => {
    await page.goto(`${url}/accounts`);
    await connect('Add another Google account', /gmail/);
    await card('alice@gmail.example').getByRole('button', { name: 'Use this one' }).click();
    await card('Used by the pages').filter({ hasText: 'alice@gmail.example' }).waitFor();
    const link = card('alice@gmail.example').getByRole('link', { name: 'Disconnect' });
    const [, id = ''] = /accounts\/(.+)\/disconnect/.exec((await link.getAttribute('href')) ?? '') ?? [];
    sample.tenant.control.disconnectAccount(ALICE, decodeURIComponent(id));
    await page.goto(`${url}/accounts`);
    await page.goto(`${url}/calendar`);
    expect(await page.locator('.source').textContent()).toContain('alice@work.example');
  });

  it('covers nothing with the link that skips to the content', async () => {
    await page.goto(`${url}/accounts`);
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to content' });
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true);
    const [own, logo] = [await skip.boundingBox(), await page.getByRole('link', { name: 'Daylight' }).boundingBox()];
    expect(own!.y + own!.height).toBeLessThanOrEqual(logo!.y);
  });

  it('keeps its header with any name', async () => {
    const name = '<script>alert(1)</script> '.padEnd(200, 'Ärmelschoner');
    sample.tenant.control.addUser({ userId: 'auth0|long', name, nickname: 'long', email: 'long@example.com' });
    const other = await sample.browser.newPage();
    await other.goto(`${url}/accounts`);
    await other.locator('input[value="auth0|long"]').check();
    await other.getByRole('button', { name: 'Continue' }).click();
    await sample.heading('Accounts', other).waitFor();
    expect((await other.getByRole('button', { name: 'Log out', exact: true }).boundingBox())?.height).toBeLessThan(50);
    expect((await other.getByRole('banner').boundingBox())?.height).toBeLessThan(70);
    expect(await other.locator('.who-name').textContent()).toBe(name);
    await other.context().close();
  });

  it('tells a person what Auth0 refuses in words, not in numbers', async () => {
    await page.goto(`${url}/auth/connect/nothing`);
    await sample.heading('That did not work').waitFor();
    expect(await page.getByRole('main').textContent()).toContain('Whoever runs it can see why in its log.');
  });

  it('says that there is no connection, and sends nothing until there is', async () => {
    const warning = page.getByText('You are offline.');
    await page.goto(`${url}/accounts`);
    expect(await warning.isVisible()).toBe(false);
    await page.context().setOffline(true);
    await warning.waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    expect(page.url()).toBe(`${url}/accounts`);
    await sample.picture('35-accounts-offline');
    await page.context().setOffline(false);
    await warning.waitFor({ state: 'hidden' });
  });

  it('tells times as the clock beside the person does, and in UTC where it cannot know that', async () => {
    expect(await timeOfLoginIn({ timezoneId: 'Asia/Kolkata' })).toBe('as there');
    expect(await timeOfLoginIn({ timezoneId: 'Asia/Kolkata', javaScriptEnabled: false })).toMatch(/ UTC$/);
  });

  it('shows what there is while Auth0 is out of reach, and a way to try again', async () => {
    let isDown = true;
    sample.tenant.control.failNext('accounts', { status: 503, times: 100, match: () => isDown });
    await page.goto(`${url}/accounts`);
    await sample.heading('Your accounts cannot be shown at the moment').waitFor();
    expect(await page.getByRole('region', { name: 'Where you are logged in' }).isVisible()).toBe(true);
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${url}/accounts/cac_1/disconnect`);
    expect(await page.getByRole('main').textContent()).toContain('Auth0 cannot be reached at the moment. Try again.');
    await page.goto(`${url}/accounts`);
    sample.complaints.length = 0;
    await sample.picture('34-accounts-out-of-reach');

    isDown = false;
    await page.getByRole('link', { name: 'Try again' }).click();
    await connected().first().waitFor();
  });

  it('lists where the person is logged in, and ends one or all of it', async () => {
    const other = await sample.browser.newPage();
    await other.goto(`${url}/accounts`);
    await other.getByRole('radio', { name: 'Alice' }).check();
    await other.getByRole('button', { name: 'Continue' }).click();
    await other.waitForURL(`${url}/accounts`);

    await page.goto(`${url}/accounts`);
    const logins = page.getByRole('region', { name: 'Where you are logged in' }).getByRole('listitem');
    expect(await logins.count()).toBe(2);
    await logins.getByRole('button', { name: 'Log out' }).click();
    expect(await told()).toContain('That login has ended.');
    expect(await logins.count()).toBe(1);
    expect(await statusFor(other)).toBe(401);
    expect(await statusFor(page)).toBe(200);

    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    expect(await told()).toContain('You are logged out everywhere.');
    expect(await statusFor(page)).toBe(401);
  });

  /** Of a request as a program makes it, which is not sent to log in: there the tenant still knows the person. */
  async function statusFor(of: Page): Promise<number> {
    const answer = await of.request.get(`${url}/accounts`, { headers: { accept: 'application/json' } });
    return answer.status();
  }

  /** "as there" where the page tells it in the time of Kolkata. */
  async function timeOfLoginIn(browser: BrowserContextOptions): Promise<string | null> {
    const abroad = await sample.phone(browser);
    await abroad.goto(`${url}/accounts`);
    const time = abroad.getByRole('region', { name: 'Where you are logged in' }).locator('time.moment').first();
    const [shown, iso] = [await time.textContent(), await time.getAttribute('datetime')];
    await abroad.context().close();
    const there = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kolkata', hour: '2-digit', minute: '2-digit' });
    return shown?.endsWith(there.format(new Date(iso ?? ''))) ? 'as there' : shown;
  }

  async function connect(link: string, account?: RegExp): Promise<void> {
    await page.getByRole('link', { name: link, exact: true }).click();
    if (account !== undefined) await page.getByRole('radio', { name: account }).check();
    await approve();
  }

  async function approve(): Promise<void> {
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(`${url}/accounts**`);
  }

  async function tellAddress(of: ReturnType<typeof card>, address: string): Promise<void> {
    const field = of.getByRole('textbox');
    if (!(await field.isVisible())) await of.locator('summary').click();
    await field.fill(address);
    await of.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(`${url}/accounts`);
  }
});
