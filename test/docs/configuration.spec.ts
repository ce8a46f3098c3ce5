import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredOptions, interfacesOf, optionsOf, parse } from './declared-options.js';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/configuration.md'), 'utf8');

describe('docs/configuration.md', () => {
  const options = declaredOptions();
  const rows = tableRows(document, 'option', 'default', 'meaning');

  it('lists every option once, and no other', () => {
    expect(options.size).toBeGreaterThan(50);
    expect(rows.flatMap(([name]) => codesIn(name)).toSorted()).toEqual([...options.keys()].toSorted());
  });

  it('tells the defaults that the comments of the options tell', () => {
    const told = [...options].filter(([, fallback]) => fallback !== undefined);
    expect(told.length).toBeGreaterThan(30);
    const wrong = told.filter(([name, fallback = '']) => {
      const cell = rows.find(([option]) => codesIn(option).includes(name))?.[1] ?? '';
      return !wordsOf(cell).includes(fallback);
    });
    expect(wrong.map(([name, fallback]) => `${name}: ${fallback}`)).toEqual([]);
  });

  it('lists the environment of the sample app, as README.md does', () => {
    const source = readFileSync(join(root, 'src/environment.ts'), 'utf8');
    const variables = [...new Set(source.match(/(?<=')[A-Z][A-Z0-9]*(_[A-Z0-9]+)*(?=')/g))].toSorted();
    expect(variables).toContain('PORT');
    for (const markdown of [document, readFileSync(join(root, 'README.md'), 'utf8')]) {
      const listed = tableRows(markdown, 'variable', 'default', 'meaning').flatMap(([name]) => codesIn(name));
      expect(listed.toSorted()).toEqual(variables);
    }
  });
});

describe('the check itself', () => {
  it('follows options into the interfaces and literals they are made of', () => {
    const source = `
      interface Root {
        /** Text. Default \`a\`, or what is set. */
        plain: string;
        /** Default 86 400 (1 day). */
        number?: number;
        either?: Inner | false;
        list?: readonly Inner[];
        literal?: {
          /** Default false. */
          deep: boolean;
        };
        [other: string]: unknown;
      }
      interface Inner { one: string; two: NamedPrivateKey }
      interface NamedPrivateKey { key: string }`;
    expect([...optionsOf('Root', interfacesOf([parse('a.ts', source)]))]).toEqual([
      ['plain', 'a'],
      ['number', '86400'],
      ['either', undefined],
      ['either.one', undefined],
      ['either.two', undefined],
      ['list', undefined],
      ['list.one', undefined],
      ['list.two', undefined],
      ['literal', undefined],
      ['literal.deep', 'false'],
    ]);
  });
});

/** Everything in a cell that a default could be. */
function wordsOf(cell: string): string[] {
  return [...codesIn(cell), ...(cell.match(/\d[\d ]*\d|\d/g) ?? []).map((number) => number.replaceAll(' ', ''))];
}
