import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tableRows } from './tables.js';
import { testTitlesIn, titlesOf } from './test-titles.js';

const root = resolve(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/security.md'), 'utf8');
const titles = testTitlesIn(['test', 'libs/auth0-connect/src'].map((folder) => join(root, folder)));

describe('the tables of attacks in docs/security.md', () => {
  const rows = tableRows(document, 'attack', 'where', 'answer', 'shown by');

  it('have what RFC 9700 and the cheat sheets list, and advisories of others', () => {
    const sources = rows.map(([, where = '']) => where);
    expect(sources.filter((where) => where.startsWith('RFC 9700')).length).toBeGreaterThan(12);
    expect(sources.filter((where) => where.startsWith('OWASP')).length).toBeGreaterThan(12);
    expect(sources.filter((where) => /^\[?(CVE|GHSA)-/.test(where)).length).toBeGreaterThan(6);
  });

  it('name for each a test that is there, by its title', () => {
    expect(rows.flatMap((cells) => testsNamedIn(cells[3]).length > 0)).not.toContain(false);
    const gone = rows.flatMap(([attack, , , cell]) =>
      testsNamedIn(cell)
        .filter(({ file, title }) => !titles.get(file)?.has(title))
        .map(({ file, title }) => `${attack}: ${file}: ${title}`),
    );
    expect(gone).toEqual([]);
  });
});

describe('the check itself', () => {
  it('reads files and titles of a cell', () => {
    expect(testsNamedIn('`a.spec.ts`: does one thing: this<br>`b.contract.ts`: does %s')).toEqual([
      { file: 'a.spec.ts', title: 'does one thing: this' },
      { file: 'b.contract.ts', title: 'does %s' },
    ]);
    expect(testsNamedIn('by hand')).toEqual([]);
  });

  it('finds tests in every form, and nothing else', () => {
    const source = `
      describe('no', () => {
        it('one', () => expect('no').toBe('no'));
        it.each([['no']])('two %s', () => {});
        it.skipIf(true).each([1])(\`three\`, () => {});
        it(name, () => {});
      });`;
    expect(titlesOf(source)).toEqual(['one', 'two %s', 'three']);
  });
});

/** As `file`: title, several with a line break between. */
function testsNamedIn(cell = ''): { file: string; title: string }[] {
  return cell.split('<br>').flatMap((part) => {
    const [, file, title] = /^\s*`([^`]+)`: (.+?)\s*$/.exec(part) ?? [];
    return file === undefined || title === undefined ? [] : [{ file, title }];
  });
}
