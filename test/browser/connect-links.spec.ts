import { Controller, Get, Header } from '@nestjs/common';
import { WorkerAccountsService, type ConnectLink } from 'nestjs-auth0-connect';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { instanceToken } from '../../libs/auth0-connect/src/nest/decorators/inject.decorators.js';
import { TestApp } from '../support/test-app.js';

const executablePath = inject('services').chromium;
const POPUP = '/auth/connect?connection=github&returnTo=/auth/close';

@Controller('opener')
class OpenerController {
  /** As the front end of a chat: a button that opens a pop-up at what the fragment says. */
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    const open = "window.open(decodeURIComponent(location.hash.slice(1)), 'connect', 'popup')";
    return `<!doctype html><link rel="icon" href="data:,"><button onclick="${open}">Connect</button>`;
  }
}

function heading(page: Page): Promise<string | null> {
  return page.getByRole('heading').textContent();
}

async function logInAs(page: Page, name: string): Promise<void> {
  await page.getByRole('radio', { name }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function approve(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Approve' }).click();
}

/** Scripts and styles that a page's own policy has kept from it. */
function brokenPolicies(context: BrowserContext): string[] {
  const said: string[] = [];
  context.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) said.push(message.text());
  });
  return said;
}

describe.skipIf(executablePath === undefined)('a connect link in a browser', () => {
  let test: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let link: ConnectLink;
  let said: string[];

  beforeAll(async () => {
    [browser, test] = await Promise.all([
      chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] }),
      TestApp.start('Express', { controllers: [OpenerController] }),
    ]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await test?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    context.setDefaultTimeout(10_000);
    said = brokenPolicies(context);
    page = await context.newPage();
    link = await worker().createConnectLink({ userId: 'auth0|alice' }, { connection: 'github' });
  });
  afterEach(async () => {
    await context?.close();
    for (const { id } of test.control.accounts('auth0|alice')) test.control.disconnectAccount('auth0|alice', id);
  });

  const worker = (): WorkerAccountsService =>
    test.app.get<WorkerAccountsService>(instanceToken(WorkerAccountsService, 'default'));
  const status = async (): Promise<string> =>
    (await worker().connectLinkStatus({ userId: 'auth0|alice' }, link.id)).status;
  const logIn = async (name: string): Promise<void> => {
    await page.goto(test.at('/auth/login?returnTo=/calendar/open'));
    await logInAs(page, name);
    await page.waitForURL(test.at('/calendar/open'));
  };

  it('logs a person in who is logged out, and says done after the consent', async () => {
    await page.goto(link.url);
    await logInAs(page, 'Alice');
    await approve(page);
    await page.waitForURL(link.url);
    expect([await heading(page), await status(), said]).toEqual(['Connected', 'connected', []]);
  });

  it('leads a person who is logged in to the consent at once, and shows how it ended when it is opened again', async () => {
    await logIn('Alice');
    await page.goto(link.url);
    expect(page.url()).toContain(test.tenant.domain);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL(`${link.url}**`);
    await page.goto(link.url);
    expect([await heading(page), await status(), said]).toEqual(['Not connected', 'failed', []]);
  });

  it('refuses somebody else, who may log in as its user on that page', async () => {
    await logIn('Bob');
    await page.goto(link.url);
    expect([await heading(page), await status()]).toEqual(['This link cannot be used', 'pending']);
    await page.getByRole('link', { name: 'Log in as somebody else' }).click();
    await logInAs(page, 'Alice');
    await approve(page);
    await page.waitForURL(link.url);
    expect([await heading(page), await status(), said]).toEqual(['Connected', 'connected', []]);
    expect(test.control.accounts('auth0|bob')).toEqual([]);
  });

  it('closes the pop-up it was opened in, and so does the page for the connect route', async () => {
    await logIn('Alice');
    for (const address of [link.url, test.at(POPUP)]) {
      await page.goto(test.at(`/opener#${encodeURIComponent(address)}`));
      await page.reload();
      const [popup] = await Promise.all([
        context.waitForEvent('page'),
        page.getByRole('button', { name: 'Connect' }).click(),
      ]);
      const closed = popup.waitForEvent('close');
      await approve(popup);
      await closed;
    }
    expect([await status(), said]).toEqual(['connected', []]);
  });
});
