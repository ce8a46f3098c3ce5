import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { LocalTenant } from 'auth0-local-tenant';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { beforeEach } from 'vitest';
import { createApp } from '../../src/create-app.js';
import { startEmbeddedTenant } from '../../src/embedded-tenant.js';
import { readEnvironment } from '../../src/environment.js';
import { freePort } from '../support/test-app.js';

const PICTURES = resolve(import.meta.dirname, '../../artifacts/screenshots');
const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** The sample app with the tenant that it brings, listening. */
export interface RunningSample {
  readonly app: INestApplication;
  readonly tenant: LocalTenant;
  readonly url: string;
  stop(): Promise<void>;
}

/** @param withApi as of a tenant where nobody has set up an API for the app, if false */
export async function startSample(adapter: string, { withApi = true } = {}): Promise<RunningSample> {
  const port = await freePort();
  const given = readEnvironment({ PORT: String(port), HTTP_ADAPTER: adapter, DATABASE_URL: 'sqlite::memory:' });
  const { tenant, environment } = await startEmbeddedTenant(given);
  let app: INestApplication | undefined;
  const stop = async (): Promise<void> => {
    await app?.close();
    await tenant.stop();
  };
  try {
    const { api, ...auth0 } = environment.auth0;
    app = await createApp({ ...environment, auth0: { ...auth0, api: withApi ? api : undefined } });
    await app.listen(port, '127.0.0.1');
  } catch (error) {
    await stop();
    throw error;
  }
  return { app, tenant, url: environment.appBaseUrl, stop };
}

/** The sample app in front of a real browser. */
export class SampleInBrowser {
  private constructor(
    private readonly adapter: string,
    private readonly sample: RunningSample,
    readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    /** What the browser has found wrong since the last look. */
    readonly complaints: string[],
  ) {}

  static async start(adapter: string, executablePath: string | undefined): Promise<SampleInBrowser> {
    await mkdir(PICTURES, { recursive: true });
    const sample = await startSample(adapter);
    try {
      const browser = await chromium.launch({
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
      const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce' });
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      return new SampleInBrowser(adapter, sample, browser, context, page, listenTo(page));
    } catch (error) {
      await sample.stop();
      throw error;
    }
  }

  get app(): INestApplication {
    return this.sample.app;
  }

  get tenant(): LocalTenant {
    return this.sample.tenant;
  }

  get url(): string {
    return this.sample.url;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.sample.stop();
  }

  /** Keeps what the page looks like; not if the browser has found something wrong with it. */
  async picture(name: string, of = this.page): Promise<void> {
    await of.screenshot({ path: resolve(PICTURES, `${this.adapter}-${name}.png`), fullPage: true });
    const said = this.complaints.splice(0);
    if (said.length > 0) throw new Error(`the browser complains:\n${said.join('\n')}`);
  }

  heading(name: string | RegExp, of = this.page): Locator {
    return of.getByRole('heading', { name, exact: true });
  }

  /** The line above a page about what has just happened. */
  notice(role: 'alert' | 'status'): Locator {
    return this.page.locator(`main > .notice[role=${role}]`);
  }

  async logIn(user: string): Promise<void> {
    await this.page.getByRole('radio', { name: user }).check();
    await this.page.getByRole('button', { name: 'Continue' }).click();
  }

  /** The same person, on a phone. */
  async phone(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: PHONE,
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
      storageState: await this.context.storageState(),
      ...options,
    });
    context.setDefaultTimeout(10_000);
    return context.newPage();
  }
}

/** For steps that build on each other: after one that fails the rest would only wait in vain. */
export function stopAtTheFirstFailure(): void {
  let hasFailed = false;
  beforeEach(({ skip, onTestFailed }) => {
    skip(hasFailed, 'a step before has failed');
    onTestFailed(() => {
      hasFailed = true;
    });
  });
}

/** By how many pixels the page is larger than the window. */
export function overflow(page: Page): Promise<{ x: number; y: number }> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    return { x: scrollWidth - clientWidth, y: scrollHeight - clientHeight };
  });
}

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
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    // The browser's own decision: the person has gone on before the last picture was there.
    if (why !== 'net::ERR_ABORTED') complaints.push(`${why} ${request.url()}`);
  });
  return complaints;
}
