/** What a real browser fetches without anybody having asked, and what a person does with its tabs and its history. */
import { Controller, Get, Header, Query, UseFilters, UseGuards, type INestApplication } from '@nestjs/common';
import { AuthRedirectFilter, CurrentUser, SessionGuard, type UserClaims } from 'nestjs-auth0-connect';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { storedRows } from '../support/flows.js';
import { adapters, TestApp } from '../support/test-app.js';

const executablePath = inject('services').chromium;
const EFFECTS = ['/auth/logout', '/auth/login', '/auth/connect/github', '/closed/page?fetched'];

@Controller('tempting')
class TemptingController {
  /** Its links are fetched before anybody has clicked on one. */
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(@Query('by') by: string): string {
    const rules = { [by]: [{ source: 'list', urls: EFFECTS, eagerness: 'immediate' }] };
    const head =
      by === 'link'
        ? EFFECTS.map((path) => `<link rel="prefetch" href="${path}">`).join('')
        : `<script type="speculationrules">${JSON.stringify(rules)}</script>`;
    const links = EFFECTS.map((path) => `<a href="${path}">${path}</a>`).join(' ');
    return `<!doctype html><html><head>${head}<link rel="icon" href="data:,"></head><body>${links}</body></html>`;
  }
}

@Controller('closed')
@UseGuards(SessionGuard)
@UseFilters(AuthRedirectFilter)
class ClosedController {
  @Get('page')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(@CurrentUser() user: UserClaims, @Query('tab') tab = '0'): string {
    return `<!doctype html><title>closed</title><h1>${user.sub} in ${tab}</h1><a href="/closed/page?tab=next">next</a>`;
  }
}

interface Fetched {
  readonly path: string;
  readonly purpose: string;
}

interface IncomingRequest {
  readonly originalUrl: string;
  readonly headers: Record<string, string | undefined>;
}

/** What reaches the application. */
class Arrivals {
  readonly all: Fetched[] = [];
  #waiting: { path: string; purpose: RegExp; resolve: () => void }[] = [];

  listenTo(app: INestApplication): void {
    app.use((request: IncomingRequest, response: NodeJS.EventEmitter, next: () => void) => {
      // When it has been answered: what it has done is done then.
      response.on('close', () =>
        this.#note({ path: request.originalUrl, purpose: request.headers['sec-purpose'] ?? '' }),
      );
      next();
    });
  }

  async of(path: string, purpose: RegExp): Promise<void> {
    if (this.all.some((one) => one.path === path && purpose.test(one.purpose))) return;
    await new Promise<void>((resolve) => this.#waiting.push({ path, purpose, resolve }));
  }

  #note(fetched: Fetched): void {
    this.all.push(fetched);
    this.#waiting = this.#waiting.filter(({ path, purpose, resolve }) => {
      const isIt = path === fetched.path && purpose.test(fetched.purpose);
      if (isIt) resolve();
      return !isIt;
    });
  }
}

function heading(page: Page): Promise<string | null> {
  return page.getByRole('heading').textContent();
}

describe.skipIf(executablePath === undefined).each(adapters)('a browser in front of %s', (adapter) => {
  let test: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let arrivals: Arrivals;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    arrivals = new Arrivals();
    test = await TestApp.start(adapter, {
      controllers: [TemptingController, ClosedController],
      configure: (app) => arrivals.listenTo(app),
    });
    context = await browser.newContext();
    context.setDefaultTimeout(10_000);
  });
  afterEach(async () => {
    await context?.close();
    await test?.stop();
  });

  const logIn = async (page: Page, path = '/closed/page'): Promise<void> => {
    await page.goto(test.at(path));
    await submit(page);
  };
  const submit = async (page: Page): Promise<void> => {
    await page.getByRole('radio', { name: 'Alice' }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${test.url}/**`);
  };

  it.each([
    ['prefetch', /^prefetch$/],
    ['prerender', /prerender/],
    ['link', /^prefetch$/],
  ])('fetches what a page lists for %s: nobody is logged out, and nothing is begun', async (by, purpose) => {
    const page = await context.newPage();
    await logIn(page);
    const before = { rows: await storedRows(test), cookies: await context.cookies() };
    const asked = test.control.requests.length;

    await page.goto(test.at(`/tempting?by=${by}`));
    await Promise.all(EFFECTS.map((path) => arrivals.of(path, purpose)));

    expect({ rows: await storedRows(test), cookies: await context.cookies() }).toEqual(before);
    expect(test.control.requests.slice(asked).map(({ kind }) => kind)).toEqual([]);
    await page.goto(test.at('/closed/page'));
    expect(await heading(page)).toBe('auth0|alice in 0');
  });

  it('fetches a page for which one has to log in, and a person who then clicks on it logs in', async () => {
    const page = await context.newPage();
    await page.goto(test.at('/tempting?by=prefetch'));
    await Promise.all(EFFECTS.map((path) => arrivals.of(path, /^prefetch$/)));
    expect((await storedRows(test)).transactions).toBe(0);

    await page.getByRole('link', { name: '/closed/page?fetched' }).click();
    await submit(page);
    expect(await heading(page)).toBe('auth0|alice in 0');
    expect((await storedRows(test)).transactions).toBe(0);
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]]])(
    'restores three tabs that each need a login, and all come in, in the order %o',
    async (order) => {
      const pages = await Promise.all(order.map(() => context.newPage()));
      await Promise.all(pages.map((page, tab) => page.goto(test.at(`/closed/page?tab=${tab}`))));
      for (const tab of order) await submit(pages[tab]!);

      expect(await Promise.all(pages.map(heading))).toEqual([0, 1, 2].map((tab) => `auth0|alice in ${tab}`));
      expect(pages.map((page) => page.url())).toEqual([0, 1, 2].map((tab) => test.at(`/closed/page?tab=${tab}`)));
    },
  );

  it('goes back and forward over the callback, and opens it again: the person stays in, and nothing is spent twice', async () => {
    const page = await context.newPage();
    const callbacks: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(test.at('/auth/callback'))) callbacks.push(request.url());
    });
    await page.goto(test.at('/calendar/open'));
    await logIn(page);
    await page.getByRole('link', { name: 'next' }).click();
    await page.waitForURL('**/closed/page?tab=next');

    await page.goBack();
    expect(await heading(page)).toBe('auth0|alice in 0');
    await page.goBack();
    expect(page.url(), 'the page of Auth0').toContain(test.tenant.domain);
    await page.goBack();
    expect(page.url()).toBe(test.at('/calendar/open'));
    await page.goForward();
    await page.goForward();
    expect(await heading(page)).toBe('auth0|alice in 0');
    expect(callbacks).toHaveLength(1);

    await page.goto(callbacks[0]!);
    expect(page.url(), 'where a person goes who is in already').toBe(`${test.url}/`);
    await page.reload();
    await page.goBack();
    expect(await heading(page)).toBe('auth0|alice in 0');
    expect(test.control.count('code')).toBe(1);
    expect((await storedRows(test)).sessions).toBe(1);
  });

  it('shows nothing by the back button that was closed by a logout', async () => {
    const page = await context.newPage();
    await logIn(page);
    await page.goto(test.at('/auth/logout?returnTo=/bye'));
    await page.waitForURL(test.at('/bye'));
    await page.goBack();
    expect(page.url()).toContain(test.tenant.domain);
  });
});
