/** The recipes of the tenant's README for SDKs, run as they are written there. */
import { startLocalTenant, type LocalTenant, type LocalTenantOptions } from 'auth0-local-tenant';
import { chromium } from 'playwright-core';
import { build } from 'rolldown';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { Person } from '../support/person.js';
import { answers, freePort, Recipe, run, type Program } from './recipes/recipe.js';
import { startApplication } from './support/application.js';

const SECRET = 'a secret of the application'.padEnd(64, '.');
const API = 'https://api.example.com';

describe('the recipe for', () => {
  const running: Program[] = [];
  let tenant: LocalTenant;
  afterEach(async () => {
    for (const program of running.splice(0)) program.stop();
    await tenant.stop();
  });

  /** Starts the tenant as its command line would, and an application with the environment that it prints. */
  async function start(title: string, callback: string, options: LocalTenantOptions = {}): Promise<string> {
    const { url, environment } = await prepare(callback, options);
    const recipe = new Recipe(title);
    const program = run([recipe.shown(`${title}.mjs`)], recipe.folder, environment);
    running.push(program);
    await answers(url, program);
    return url;
  }

  async function prepare(callback: string, options: LocalTenantOptions) {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const client = { clientId: 'local-client', clientSecret: 'local-client-secret' };
    tenant = await startLocalTenant({
      clients: [{ ...client, redirectUris: [`${url}${callback}`], logoutUrls: [url] }],
      ...options,
    });
    const environment = {
      PORT: String(port),
      APP_BASE_URL: url,
      AUTH0_DOMAIN: options.tls ? new URL(tenant.domain).host : tenant.domain,
      AUTH0_CLIENT_ID: client.clientId,
      AUTH0_CLIENT_SECRET: client.clientSecret,
      AUTH0_SECRET: SECRET,
    };
    return { url, environment };
  }

  it.each([
    ['express-openid-connect', {}],
    ['openid-client', {}],
    ['passport-auth0', { tls: 'kept' }],
  ])('%s logs somebody in', async (title, { tls }: { tls?: string }) => {
    const url = await start(title, '/callback', tls ? { tls: inject('certificate') } : {});
    const person = new Person();
    const page = await person.open(`${url}/me`);
    expect(page.url).toContain(`${tenant.domain}/u/login/`);
    const me = await person.submit(page, { user: 'auth0|bob', action: 'login' });
    expect(me.json()).toMatchObject({ sub: 'auth0|bob', name: 'Bob Example' });
  });

  it('express-oauth2-jwt-bearer lets in who has a token with the scope', async () => {
    const url = await start('express-oauth2-jwt-bearer', '/callback');
    const call = async (token: string) => fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } });
    const { control } = tenant;
    const good = await call(await control.mint({ userId: 'auth0|bob', audience: API, scope: 'read:events' }));
    expect(await good.json()).toMatchObject({ sub: 'auth0|bob' });
    expect((await call(await control.mint({ userId: 'auth0|bob', scope: 'write:events' }))).status).toBe(403);
    expect((await call(await control.mint({ userId: 'auth0|bob', claims: { aud: 'other' } }))).status).toBe(401);
    expect((await call(await control.mint({ userId: 'auth0|bob', expiresInSeconds: -60 }))).status).toBe(401);
  });

  it('@auth0/nextjs-auth0 logs somebody in and out', async () => {
    const { url, environment } = await prepare('/auth/callback', {});
    const recipe = new Recipe('nextjs');
    for (const path of ['lib/auth0.js', 'proxy.js', 'app/page.jsx']) recipe.shown(`nextjs/${path}`, {}, path);
    recipe.written('app/layout.jsx', LAYOUT);
    recipe.written('package.json', '{ "type": "module" }');
    const next = run([NEXT, 'dev', '--port', environment.PORT], recipe.folder, environment);
    running.push(next);
    await answers(url, next);

    const person = new Person();
    const page = await person.open(`${url}/auth/login`);
    const home = await person.submit(page, { user: 'auth0|carol', action: 'login' });
    expect(home.text.replaceAll('<!-- -->', '')).toContain('<a href="/auth/logout">Log out Carol Example</a>');
    expect((await person.open(`${url}/auth/logout`)).text).toContain('<a href="/auth/login">Log in</a>');
  }, 120_000);

  it.each(['auth0-spa-js.mjs', 'auth0-react.jsx'])('@auth0/%s logs somebody in and out', async (title) => {
    const application = await startApplication();
    const { url } = application;
    tenant = await startLocalTenant({
      clients: [{ clientId: 'local-spa', redirectUris: [url], logoutUrls: [url], webOrigins: [url] }],
    });
    const script = await bundle(new Recipe(title).shown(title), tenant.domain);
    application.handle((request, response) => {
      const isScript = request.url === '/app.js';
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
      response.end(isScript ? script : PAGE);
    });
    const browser = await chromium.launch({ executablePath: inject('chromium'), args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByRole('radio', { name: 'Bob' }).check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Log out Bob Example' }).click();
      await page.getByRole('button', { name: 'Log in', exact: true }).waitFor();
      expect(tenant.control.count('code')).toBe(1);
    } finally {
      await browser.close();
      await application.stop();
    }
  });
});

/** What a bundler such as Vite makes of a single-page application. */
async function bundle(file: string, domain: string): Promise<string> {
  const { output } = await build({
    input: file,
    platform: 'browser',
    write: false,
    logLevel: 'silent',
    transform: {
      define: { 'process.env.NODE_ENV': '"production"', 'import.meta.env.VITE_AUTH0_DOMAIN': JSON.stringify(domain) },
    },
    output: { format: 'esm' },
  });
  return output[0].code;
}

const PAGE =
  '<!doctype html><html lang="en"><title>App</title><body></body><script type="module" src="/app.js"></script></html>';

const NEXT = new URL('node_modules/next/dist/bin/next', import.meta.url).pathname;
const LAYOUT = `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;
