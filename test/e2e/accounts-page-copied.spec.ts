/** docs/accounts-page.md, done word by word in an empty folder: the page is there, and works. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { codeBlocks } from '../docs/code-blocks.js';
import { AS_A_PAGE } from '../support/flows.js';
import { Person } from '../support/person.js';
import { CLIENT, freePort, SECRET } from '../support/test-app.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the accounts page, copied into another application', () => {
  let folder: string;
  let tenant: LocalTenant;
  let app: INestApplication | undefined;
  let url: string;
  let alice: Person;

  beforeAll(async () => {
    const document = await readFile(join(ROOT, 'docs/accounts-page.md'), 'utf8');
    const [shell, module] = codeBlocks(document, ['sh', 'ts']).map(({ code }) => code);
    await mkdir(join(ROOT, 'artifacts'), { recursive: true });
    folder = await mkdtemp(join(ROOT, 'artifacts/copied-'));
    await mkdir(join(folder, 'src'));
    await symlink(ROOT, join(folder, 'sample'));
    // What it installs is there: the sample's own.
    const copy = (shell ?? '').split('\n').filter((line) => line.startsWith('cp '));
    execFileSync('sh', ['-ec', copy.join('\n')], { cwd: folder });
    await writeFile(join(folder, 'src/app.module.ts'), module ?? '');

    const port = await freePort();
    url = `http://localhost:${port}`;
    tenant = await startLocalTenant();
    tenant.addClient({ ...CLIENT, redirectUris: [`${url}/auth/callback`], logoutUrls: [url] });
    vi.stubEnv('AUTH0_DOMAIN', tenant.domain);
    vi.stubEnv('AUTH0_CLIENT_ID', CLIENT.clientId);
    vi.stubEnv('AUTH0_CLIENT_SECRET', CLIENT.clientSecret);
    vi.stubEnv('AUTH0_SECRET', SECRET);
    vi.stubEnv('APP_BASE_URL', url);
    vi.stubEnv('DATABASE', ':memory:');
    const { AppModule } = (await import(pathToFileURL(join(folder, 'src/app.module.ts')).href)) as { AppModule: Type };
    app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    await app.listen(port, 'localhost');
  });

  afterEach(() => vi.unstubAllEnvs());

  afterAll(async () => {
    await app?.close();
    await tenant?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('sends to the login, and shows what can be connected', async () => {
    alice = new Person();
    const login = await alice.open(`${url}/accounts`, { headers: AS_A_PAGE });
    const page = await alice.submit(login, { user: 'auth0|alice', action: 'login' }, { headers: AS_A_PAGE });
    expect(page.url).toBe(`${url}/accounts`);
    expect(page.text).toContain('Nothing connected yet');
    for (const [, part] of page.text.matchAll(/(?:src|href)="(\/(?:app\.css|page\.js|favicon\.svg)[^"]*)"/g))
      expect((await alice.request(url + part)).status, `${part}`).toBe(200);
  });

  it('connects an account, names it and disconnects it', async () => {
    const consent = await alice.open(`${url}/auth/connect/google-oauth2?returnTo=/accounts`, { headers: AS_A_PAGE });
    const page = await alice.submit(consent, { action: 'approve' }, { headers: AS_A_PAGE });
    expect(page.text).toContain('alice@gmail.example');
    expect(page.text).toContain('Working');

    const confirm = /href="(\/accounts\/[^"]+\/disconnect)"/.exec(page.text)?.[1] ?? '';
    expect((await alice.request(url + confirm, { headers: AS_A_PAGE })).text).toContain('Disconnect Google?');
    await alice.request(url + confirm, { method: 'POST' });
    expect(tenant.control.accounts('auth0|alice')).toEqual([]);
  });
});
