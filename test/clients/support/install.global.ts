import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptCertificate } from 'auth0-local-tenant';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a tenant at https://localhost, which these processes trust. */
    certificate: { key: string; cert: string };
    chromium: string;
  }
}

const home = join(import.meta.dirname, '..');
const CHROMIUM = [
  process.env.TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Installs the clients, makes a certificate and lets the test processes trust it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installClients();
  const chromium = CHROMIUM.find((path) => path !== undefined && existsSync(path));
  if (chromium === undefined) throw new Error('No Chromium: install it, or name it in TEST_CHROMIUM');
  project.provide('chromium', chromium);
  const directory = await mkdtemp(join(tmpdir(), 'clients-'));
  const { key, cert, authorityFile } = await keptCertificate(directory, ['localhost']);
  project.provide('certificate', { key, cert });
  // Node reads it once, when a process starts: those of the tests start after this.
  process.env.NODE_EXTRA_CA_CERTS = authorityFile;
  return async () => rm(directory, { recursive: true });
}

/** Exactly what the lock file says, once for each lock file. */
function installClients(): void {
  const lock = readFileSync(join(home, 'package-lock.json'), 'utf8');
  const stamp = join(home, 'node_modules/.installed-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stdout.write('Installing the clients ...\n');
  execFileSync('npm', ['ci', '--no-fund', '--no-audit'], { cwd: home, stdio: 'inherit' });
  writeFileSync(stamp, lock);
}
