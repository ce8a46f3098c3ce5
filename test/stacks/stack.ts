import { existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config';
import { fromSources, withDecorators } from '../support/from-sources.js';

const root = join(import.meta.dirname, '../..');
const PACKAGE = /^(?:@[^/]+\/)?[^./@][^/]*/;

/** Imports what is installed in a folder, in place of what the workspace has. */
function installedIn(folder: string): Plugin {
  return {
    name: 'installed-in-this-stack',
    enforce: 'pre',
    resolveId(source, _importer, options) {
      const [name] = PACKAGE.exec(source) ?? [];
      if (name === undefined || !existsSync(join(folder, 'node_modules', name, 'package.json'))) return null;
      return this.resolve(source, join(folder, 'package.json'), { ...options, skipSelf: true });
    },
  };
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
      pool: 'forks',
      isolate: false,
      include: ['test/stacks/versions.spec.ts', ...include],
      env: {
        STACK: folder,
        TEST_ADAPTERS: process.env.TEST_ADAPTERS ?? 'Express',
        TEST_DATABASES: process.env.TEST_DATABASES ?? 'SQLite,PostgreSQL',
      },
      globalSetup: [`./${relative(root, folder)}/install.global.ts`, './test/support/services.global.ts'],
      setupFiles: ['./test/support/setup.ts'],
      reporters: ['default', './test/support/summary-reporter.ts'],
      testTimeout: 20_000,
      hookTimeout: 30_000,
    },
  });
}
