/** Package managers that let a package find only what its own manifest names. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Application, installed, nests, run, type ModuleType } from './support/application.js';
import { journey, LOGGED_IN, saidInVain } from './support/journey.js';

const PNPM = 'node_modules/pnpm/bin/pnpm.cjs';
const YARN = 'node_modules/@yarnpkg/cli-dist/bin/yarn.js';

/** What the application needs when it runs. */
const NEEDED = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/passport',
  '@nestjs/platform-express',
  '@nestjs/typeorm',
  'passport',
  'pg',
  'reflect-metadata',
  'rxjs',
  'typeorm',
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'managed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The application as the compiler has made it, in a project that has nothing yet. */
async function project(nest: (typeof nests)[number], type: ModuleType): Promise<void> {
  const application = new Application(nest, 'managed', type);
  await application.build();
  cpSync(join(application.folder, 'dist'), join(folder, 'dist'), { recursive: true });
  const manifest = readFileSync(join(import.meta.dirname, nest, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  const { library, tenant } = inject('packed');
  const needed = {
    ...Object.fromEntries(NEEDED.map((name) => [name, dependencies[name]])),
    'nestjs-auth0-connect': `file:${library}`,
    'auth0-local-tenant': `file:${tenant}`,
  };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type, dependencies: needed }),
  );
}

const manager = (path: string, ...args: string[]): Promise<string> =>
  run(process.execPath, [join(installed('package-managers'), path), ...args], folder, {
    YARN_ENABLE_GLOBAL_CACHE: 'true',
    YARN_ENABLE_TELEMETRY: 'false',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  });

/** Whatever the tenant needs is in its manifest, too. */
const TENANT_STARTS =
  "import('auth0-local-tenant').then(({ startLocalTenant }) => startLocalTenant()).then((one) => one.stop())";

/** A program under yarn, which knows where everything is. */
const underYarn = (): string[] => [process.execPath, join(installed('package-managers'), YARN), 'node'];

describe.each(nests)('on %s', (nest) => {
  it.each<ModuleType>(['commonjs', 'module'])(
    "a project of type %s starts and logs in from pnpm's strict tree",
    async (type) => {
      await project(nest, type);
      await manager(PNPM, 'install', '--ignore-scripts', '--prefer-offline', '--config.hoist=false');
      await run(process.execPath, ['-e', TENANT_STARTS], folder);
      expect(await journey([process.execPath, 'dist/main.js'], folder)).toEqual(LOGGED_IN);
    },
  );

  it("a project of type module starts and logs in from yarn's Plug'n'Play", async () => {
    await project(nest, 'module');
    await manager(YARN, 'install');
    await manager(YARN, 'node', '-e', TENANT_STARTS);
    expect(await journey([...underYarn(), 'dist/main.js'], folder)).toEqual(LOGGED_IN);
  });

  it("a project of type commonjs does not: Plug'n'Play lets nobody require an ES module, such as jose", async () => {
    await project(nest, 'commonjs');
    await manager(YARN, 'add', 'jose@^6.2.0');
    expect(await saidInVain([...underYarn(), 'dist/main.js'], folder)).toContain('ERR_MODULE_NOT_FOUND');
    expect(await saidInVain([...underYarn(), '-e', "require('jose')"], folder)).toContain('ERR_MODULE_NOT_FOUND');
  });
});
