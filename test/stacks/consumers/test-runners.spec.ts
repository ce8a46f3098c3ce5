/** The tests that docs/testing.md shows, on Nest 11 and in CommonJS. Nest 12 is in test/docs and test/clients. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../../docs/code-blocks.js';
import { Application, nests, run } from './support/application.js';

const document = readFileSync(resolve(import.meta.dirname, '../../../docs/testing.md'), 'utf8');
const blocks = new Map(codeBlocks(document, ['ts', 'js']).map(({ title, code }) => [title, code]));
const TESTS = ['handlers.test.ts', 'tenant.test.ts', 'inject.test.ts'];
const IMPORT = "import { test } from 'vitest';\n";

/** What is shown, with what differs in a project of CommonJS: imports without an ending. */
function shown(title: string, importsTest: string): string {
  const code = blocks.get(title);
  if (code === undefined) throw new Error(`docs/testing.md shows no ${title}`);
  return code.replace(IMPORT, importsTest).replaceAll(/(from '\.\/.*)\.js'/g, "$1'");
}

describe.each(nests.filter((nest) => nest === 'nest-11'))('the tests that docs/testing.md shows, on %s', (nest) => {
  let application: Application;
  beforeAll(() => {
    application = new Application(nest, 'tests', 'commonjs');
  });

  const write = (folder: string, titles: string[], importsTest: string): void => {
    mkdirSync(join(application.folder, folder));
    for (const title of titles) application.write(`${folder}/${title}`, shown(title, importsTest));
  };

  it("pass in Jest as Nest's template has it, with the line that docs/testing.md names", async () => {
    // As in test/clients: Jest requires what only Node.js 24.9 lets it require.
    write('jest', ['app.ts', 'handlers.test.ts', 'tenant.test.ts'], '');
    application.write('jest/jest.config.js', shown('jest.config.js', ''));
    expect(await application.tool('jest/bin/jest.js', '--config', 'jest/jest.config.js')).toMatch(
      /Tests: +2 passed, 2 total/,
    );
  });

  it('pass in Vitest', async () => {
    write('vitest', ['app.ts', 'vitest.config.ts', ...TESTS], IMPORT);
    const said = await application.tool('vitest/vitest.mjs', 'run', '--no-color', '--root', 'vitest');
    expect(said).toMatch(/Tests +3 passed \(3\)/);
  });

  it('pass in node:test', async () => {
    write('src/tests', ['app.ts', ...TESTS], "import { test } from 'node:test';\n");
    await application.build();
    const files = TESTS.map((title) => `dist/tests/${title.replace(/ts$/, 'js')}`);
    const said = await run(process.execPath, ['--test', '--test-reporter', 'tap', ...files], application.folder);
    expect(said).toMatch(/# pass 3[^]*# fail 0/);
  });
});
