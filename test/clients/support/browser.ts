import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalTenant } from 'auth0-local-tenant';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'rolldown';
import { inject } from 'vitest';
import { startApplication, type Application } from './application.js';
import { startTenant } from './tenant.js';

/** A single-page application of one script, registered with a tenant, and a browser. */
export interface Spa {
  readonly tenant: LocalTenant;
  readonly url: string;
  readonly clientId: string;
  /** A page of a browser with no past. */
  newPage(): Promise<Page>;
  stop(): Promise<void>;
}

/** Over plain HTTP: the tenant and the application are then of the same site, as in production. */
export async function startSpa(script: string): Promise<Spa> {
  const tenant = await startTenant({ tls: undefined });
  const application = await startApplication();
  const { url } = application;
  const clientId = 'spa';
  tenant.addClient({ clientId, redirectUris: [url], logoutUrls: [url], webOrigins: [url] });
  serve(application, script);
  const browser = await launchBrowser();
  return {
    tenant,
    url,
    clientId,
    newPage: async () => {
      const context = await browser.newContext();
      context.setDefaultTimeout(10_000);
      return context.newPage();
    },
    stop: async () => {
      await browser.close();
      await application.stop();
      await tenant.stop();
    },
  };
}

/** The script that a package publishes for the browser. */
export async function publishedScript(path: string): Promise<string> {
  return readFile(join(import.meta.dirname, '../node_modules', path), 'utf8');
}

/** A fixture with everything it imports, in one script. */
export async function bundle(name: string): Promise<string> {
  const { output } = await build({
    input: join(import.meta.dirname, '../fixture', name),
    platform: 'browser',
    write: false,
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    output: { format: 'iife' },
  });
  return output[0].code;
}

/** Logs in on the tenant's page. */
export async function logIn(page: Page, name = 'Alice'): Promise<void> {
  await page.getByRole('radio', { name }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
}

function serve(application: Application, script: string): void {
  const html =
    '<!doctype html><html lang="en"><title>App</title><div id="root"></div><script src="/app.js"></script></html>';
  application.handle((request, response) => {
    const isScript = request.url === '/app.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? script : html);
  });
}

/** A browser with no past. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: inject('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
}
