/** The tests that docs/testing.md shows for applications of the library, in Jest. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { titledBlocks, writeCompiled } from '../docs/written-examples.js';
import { run } from './recipes/recipe.js';

it('tests of an application pass in Jest over ES modules, on Express', async () => {
  const folder = join(import.meta.dirname, '.recipes/application-tests');
  // Jest requires what only Node.js 24.9 lets it require: Fastify's test is Vitest's and node:test's.
  const titles = ['app.ts', 'handlers.test.ts', 'tenant.test.ts'];
  writeCompiled(folder, titles, titledBlocks('docs/testing.md'), (code) =>
    code.replace("import { test } from 'vitest';\n", ''),
  );
  const jest = new URL('node_modules/jest/bin/jest.js', import.meta.url).pathname;
  const { ended } = run(['--experimental-vm-modules', jest, '--rootDir', folder], folder);
  expect(await ended).toMatch(/Tests: +2 passed, 2 total/);
}, 240_000);
