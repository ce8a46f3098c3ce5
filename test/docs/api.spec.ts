/** What docs/api.md lists is what the package exports, each with the first sentence of its comment. `npm run graph` writes it anew. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import prettier from 'prettier';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { entriesOfThePackage, tableOf, type Entry } from './exports.js';

const HEADING = '\n## What is exported\n';
const path = resolve(import.meta.dirname, '../../docs/api.md');

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('docs/api.md', () => {
  let entries: Entry[];
  beforeAll(() => {
    entries = entriesOfThePackage();
  });

  it('lists every export of every entry, and nothing else', async () => {
    const [text] = readFileSync(path, 'utf8').split(HEADING);
    const tables = entries.map((entry) => `### ${entry.specifier}\n\n${tableOf(entry)}\n`);
    const written = [
      text,
      HEADING,
      'By the entry that it is imported from. Errors are told of in [errors.md](errors.md).\n',
      ...tables,
    ];
    const options = { ...(await prettier.resolveConfig(path)), parser: 'markdown' };
    await expect(await prettier.format(written.join('\n'), options)).toMatchFileSnapshot(path);
  });

  it("names every entry in the package's own README", () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../libs/auth0-connect/README.md'), 'utf8');
    const names = entries.map(({ specifier }) => specifier);
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !readme.includes(`| \`${name}\` `))).toEqual([]);
  });

  it('has a sentence for each', () => {
    const without = entries.flatMap(({ specifier, exports }) =>
      [...exports].filter(([, what]) => what === '').map(([name]) => `${specifier}: ${name}`),
    );
    expect(without).toEqual([]);
  });
});
