import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptCertificate } from 'auth0-local-tenant';
import type { TestProject } from 'vitest/node';
import { installLocked } from '../../support/install.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a tenant at https://localhost, which these processes trust. */
    certificate: { key: string; cert: string };
    chromium: string;
  }
}

const CHROMIUM = [
  process.env.TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Installs the clients, makes a certificate and lets the test processes trust it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installLocked(join(import.meta.dirname, '..'));
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
