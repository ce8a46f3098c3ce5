import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');

describe('docs/protocol.md', () => {
  const rows = tableRows(readFileSync(join(root, 'docs/protocol.md'), 'utf8'), 'feature', 'option or API', 'clause');
  const tests = new Set(
    ['test', 'libs/auth0-connect/src', 'src'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.spec.ts'))
        .map((path) => basename(path)),
    ),
  );

  it('names a test that is there for every feature', () => {
    expect(rows.length).toBeGreaterThan(30);
    const wrong = rows.filter((cells) => {
      const named = codesIn(cells[3]);
      return named.length === 0 || !named.every((name) => tests.has(name));
    });
    expect(wrong.map(([feature, , , test]) => `${feature}: ${test}`)).toEqual([]);
  });
});
