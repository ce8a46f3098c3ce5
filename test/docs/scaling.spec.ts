import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { codesIn, sectionsOf, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/scaling.md'), 'utf8');
const clusters = join(root, 'test/clusters');
const suites = ['.', 'engines', 'support']
  .flatMap((folder) => readdirSync(join(clusters, folder)).map((name) => join(clusters, folder, name)))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** Words, numbers and names of settings, one blank apart. */
const wordsOf = (text: string): string => ` ${(text.match(/[\w*]+(?:-\w+)*/g) ?? []).join(' ')} `;

const bodyOf = (title: string): string =>
  sectionsOf(document).find(({ heading }) => heading.startsWith(title))?.body ?? '';

it('what a standby needs is what the tests on clusters use', () => {
  const needs = tableRows(bodyOf('A standby'), 'needs', 'because').map(([need]) => codesIn(need));
  expect(needs.length).toBeGreaterThan(4);
  expect(needs.filter((codes) => codes.length === 0)).toEqual([]);
  const used = wordsOf(suites);
  expect(needs.flat().filter((code) => !used.includes(wordsOf(code)))).toEqual([]);
});

it('what Galera and PgBouncer need is what the tests on clusters use', () => {
  const sections = [bodyOf('Galera'), bodyOf('Connection pools')];
  const settings = ["type: 'mariadb'", 'wsrep_sync_wait = 1', "mode: 'transaction'"];
  const used = wordsOf(suites);
  expect(settings.filter((setting) => !used.includes(wordsOf(setting)))).toEqual([]);
  expect(sections[0]).toContain("`type: 'mariadb'`");
  expect(sections[0]).toContain('`wsrep_sync_wait = 1`');
  expect(sections[1]).toContain('PgBouncer 1.18');
});
