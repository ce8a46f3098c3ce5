import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

/** What a consumer has installed: test/stacks/consumers has a folder for each, with its lock file. */
export type Installation = 'nest-11' | 'nest-12' | 'package-managers';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Which installations the run is about: in vitest.config.ts. */
    installations: Installation[];
    /** Where they are: outside the workspace, so that nothing is found there by accident. */
    installed: Partial<Record<Installation, string>>;
    /** Both packages, as they are published. */
    packed: { library: string; tenant: string };
  }
}

const home = resolve(import.meta.dirname, '..');
const root = resolve(home, '../../..');
const workplace = join(tmpdir(), 'consumers-of-nestjs-auth0-connect');
const POSTGRES_URL = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
/** Of this workspace: a native module is not built again. */
const LINKED = 'better-sqlite3';

/** Packs both packages once and installs them as their users do. */
export default async function setup(project: TestProject): Promise<() => void> {
  const client = new Client({ connectionString: POSTGRES_URL });
  await client.connect();
  await client.end();
  project.provide('services', { postgres: POSTGRES_URL });

  if (!existsSync(join(root, 'libs/auth0-tenant/dist/cjs/index.cjs'))) npm(['run', 'build'], root);
  // Under a new name each time: package managers keep what they have once read by its path.
  mkdirSync(workplace, { recursive: true });
  const folder = mkdtempSync(join(workplace, 'packed-'));
  const packed = { library: pack('auth0-connect', folder), tenant: pack('auth0-tenant', folder) };
  project.provide('packed', packed);

  const { installations } = project.config.provide as { installations: Installation[] };
  const tarballs = Object.values(packed);
  project.provide('installed', Object.fromEntries(installations.map((name) => [name, install(name, tarballs)])));
  return () => rmSync(folder, { recursive: true });
}

function pack(library: string, folder: string): string {
  const output = npm(['pack', '--json', '--pack-destination', folder], join(root, 'libs', library));
  const [{ filename }] = JSON.parse(output.slice(output.indexOf('[\n'))) as [{ filename: string }];
  return join(folder, filename);
}

/** Exactly what the lock file says, once for each; and in it these packages. */
function install(name: Installation, tarballs: string[]): string {
  const folder = join(workplace, name);
  mkdirSync(folder, { recursive: true });
  const lock = readFileSync(join(home, name, 'package-lock.json'));
  once(join(folder, '.lock'), digest(lock), () => {
    process.stdout.write(`Installing ${name} ...\n`);
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(home, name, file), join(folder, file));
    rmSync(join(folder, '.packed'), { force: true });
    npm(['ci', '--prefer-offline', '--ignore-scripts'], folder);
  });
  if (name === 'package-managers') return folder;
  once(join(folder, '.packed'), digest(...tarballs.map((path) => readFileSync(path))), () => {
    npm(['install', '--no-save', '--no-package-lock', '--prefer-offline', '--ignore-scripts', ...tarballs], folder);
    const link = join(folder, 'node_modules', LINKED);
    rmSync(link, { recursive: true, force: true });
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', LINKED), link);
  });
  return folder;
}

function once(stamp: string, content: string, act: () => void): void {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === content) return;
  act();
  writeFileSync(stamp, content);
}

function digest(...contents: Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex');
}

function npm(args: string[], cwd: string): string {
  // Settings of the npm that runs these tests are not for the npm of another project.
  const own = /^npm_(?!config_(registry|cache|userconfig|offline|prefer_offline)$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  return execFileSync('npm', [...args, '--no-fund', '--no-audit'], { cwd, env, encoding: 'utf8' });
}
