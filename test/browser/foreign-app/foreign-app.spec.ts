/**
 * An application that is not Nest's, the tenant by its command line and this test: three processes that know of each
 * other what HTTP tells. What Playwright's runner or Cypress would do, the browser and `control` do here.
 */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../support/test-app.js';
import { startProgram, stopPrograms } from './processes.js';

const executablePath = inject('services').chromium;
const CLI = 'libs/auth0-tenant/dist/cli.js';

describe.skipIf(executablePath === undefined)('an application in another process', () => {
  let tenant: { domain: string; controlApi: { url: string; secret: string } };
  let url: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const port = String(await freePort());
    url = `http://localhost:${port}`;
    const args = ['--port', '0', '--json', '--control', '--callback', `${url}/callback`, '--logout', url];
    tenant = JSON.parse(await startProgram(CLI, args)) as typeof tenant;
    await startProgram('test/browser/foreign-app/app.mjs', [], {
      PORT: port,
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: 'local-client',
      AUTH0_CLIENT_SECRET: 'local-client-secret',
      GOOGLE_API: `${tenant.domain}/upstream/google`,
    });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await stopPrograms();
  });

  beforeEach(async () => {
    await control('reset');
    context = await browser.newContext();
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
  });
  afterEach(async () => context.close());

  it('logs somebody in and out by the pages', async () => {
    await page.goto(url);
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByRole('radio', { name: 'Bob' }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading('Hello Bob Example');
    await page.getByRole('link', { name: 'Log out' }).click();
    await heading('Welcome');
    expect(await control('count', { kind: 'code' })).toEqual({ count: 1 });
  });

  it('finds a user of the test logged in, without the login page', async () => {
    await control('addUser', { userId: 'auth0|dora', name: 'Dora Test', email: 'dora@example.com' });
    const { cookies } = (await control('loginAs', { userId: 'auth0|dora' })) as { cookies: never[] };
    await context.addCookies(cookies);
    await page.goto(`${url}/login`);
    await heading('Hello Dora Test');
    const { requests } = (await control('requests', { kind: 'page' })) as { requests: unknown[] };
    expect(requests).toEqual([]);
  });

  it('shows what a connected account has, and what happens without it', async () => {
    await logIn();
    await page.goto(`${url}/calendar`);
    await heading('Google is not connected');
    await control('connectAccount', { userId: 'auth0|alice', connection: 'google-oauth2' });
    await page.reload();
    await heading('Calendar');
    expect(await page.getByRole('listitem').allTextContents()).toContain('Stand-up');
    await control('revokeAtProvider', { userId: 'auth0|alice', connectionOrId: 'google-oauth2' });
    await page.reload();
    await heading('Connect Google again');
  });

  it('survives an Auth0 that is busy, slow, or says no', async () => {
    await control('failNext', { kind: 'code', status: 429, body: { error: 'too_many_requests' } });
    await logIn();
    await heading('You are not logged in');
    await page.getByRole('link', { name: 'Try again' }).click();
    await heading('Hello Alice Example');

    await control('connectAccount', { userId: 'auth0|alice', connection: 'google-oauth2' });
    const hold = await control('hold', { kind: 'exchange' });
    const opened = page.goto(`${url}/calendar`);
    expect(await control('arrived', hold)).toMatchObject({ request: { body: { connection: 'google-oauth2' } } });
    await control('failNext', { kind: 'exchange', status: 503, body: {} });
    await control('release', hold);
    await opened;
    await heading('Auth0 is busy');
  });

  async function logIn(): Promise<void> {
    const { cookies } = (await control('loginAs', { userId: 'auth0|alice' })) as { cookies: never[] };
    await context.addCookies(cookies);
    await page.goto(`${url}/login`);
  }

  async function heading(name: string): Promise<void> {
    await page.getByRole('heading', { name, exact: true }).waitFor();
  }

  async function control(command: string, parameters: unknown = {}): Promise<unknown> {
    const response = await fetch(`${tenant.controlApi.url}/${command}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.controlApi.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }
});
