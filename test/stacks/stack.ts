import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config';
import { fromSources, withDecorators } from '../support/from-sources.js';

const root = join(import.meta.dirname, '../..');
const PACKAGE = /^(?:@[^/]+\/)?[^./@][^/]*/;

/** Imports what is installed in a folder, in place of what the workspace has; of what brings its own Nest or TypeORM nothing else. */
function installedIn(folder: string): Plugin {
  return {
    name: 'installed-in-this-stack',
    enforce: 'pre',
    resolveId(source, _importer, options) {
      const [name] = PACKAGE.exec(source) ?? [];
      if (name === undefined) return null;
      if (!existsSync(manifestOf(folder, name))) {
        if (isMadeForNest(name))
          throw new Error(`${name} is missing in ${folder}/package.json: this one is the workspace's`);
        return null;
      }
      return this.resolve(source, join(folder, 'package.json'), { ...options, skipSelf: true });
    },
  };
}

/** Whether it works with the one Nest or TypeORM that it finds beside itself. */
function isMadeForNest(name: string): boolean {
  const manifest = manifestOf(root, name);
  if (!existsSync(manifest)) return false;
  const { peerDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  return '@nestjs/common' in peerDependencies || 'typeorm' in peerDependencies;
}

function manifestOf(folder: string, name: string): string {
  return join(folder, 'node_modules', name, 'package.json');
}

interface Manifest {
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Suites of this workspace on other versions of what applications bring. `TEST_ADAPTERS` and `TEST_DATABASES` choose; by
 * default it is one adapter and two databases, for the others are told apart where all suites run on the newest versions.
 */
export function stack(folder: string, include: string[]): ViteUserConfig {
  return defineConfig({
    root,
    plugins: [installedIn(folder)],
    oxc: withDecorators,
    resolve: { alias: fromSources },
    test: {
      name: basename(folder),
      // Absolute, for as one project among others it has no say in what paths are relative to.
      dir: root,
      pool: 'forks',
      isolate: false,
      include: ['test/stacks/versions.spec.ts', ...include],
      env: {
        STACK: folder,
        TEST_ADAPTERS: process.env.TEST_ADAPTERS ?? 'Express',
        TEST_DATABASES: process.env.TEST_DATABASES ?? 'SQLite,PostgreSQL',
      },
      globalSetup: [join(folder, 'install.global.ts'), join(root, 'test/support/services.global.ts')],
      setupFiles: [join(root, 'test/support/setup.ts')],
      reporters: ['default', './test/support/summary-reporter.ts'],
      testTimeout: 20_000,
      hookTimeout: 30_000,
    },
  });
}
