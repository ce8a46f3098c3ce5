/** What docs/testing.md shows, run by the test runners that it names. Jest is with the clients: test/clients. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { titledBlocks, writeCompiled, writeShown } from './written-examples.js';

const root = resolve(import.meta.dirname, '../..');
const blocks = titledBlocks('docs/testing.md');
const tests = [...blocks.keys()].filter((title) => title.endsWith('.test.ts'));

vi.setConfig({ testTimeout: 240_000 });

describe('the tests that docs/testing.md shows', () => {
  it('are there, each with its application', () => {
    expect(tests).toEqual(['handlers.test.ts', 'tenant.test.ts', 'inject.test.ts']);
  });

  it('pass in node:test', async () => {
    const folder = join(root, 'artifacts/testing/node');
    writeCompiled(folder, ['app.ts', ...tests], blocks, (code) => code.replace("from 'vitest'", "from 'node:test'"));
    const said = await run(['--test', '--test-reporter', 'tap'], folder);
    expect(said).toContain(`# pass ${tests.length}`);
    expect(said).toContain('# fail 0');
  });

  it('pass in Vitest', async () => {
    const folder = join(root, 'artifacts/testing/vitest');
    writeShown(folder, ['app.ts', 'vitest.config.ts', ...tests], blocks);
    const said = await run(
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--no-color', '--root', folder],
      folder,
    );
    expect(said).toMatch(new RegExp(`Tests +${tests.length} passed \\(${tests.length}\\)`));
  });
});

/** What a program of Node.js prints. Fails with all of it where it ends badly. */
async function run(args: string[], cwd: string): Promise<string> {
  const { NODE_OPTIONS: _, VITEST: __, VITEST_WORKER_ID: ___, ...env } = process.env;
  const ended = promisify(execFile)(process.execPath, args, { cwd, env: { ...env, NODE_ENV: 'test' } });
  const { stdout } = await ended.catch((error: Error & { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}
