import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredOptions, interfacesOf, optionsOf, parse } from './declared-options.js';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/configuration.md'), 'utf8');

describe('docs/configuration.md', () => {
  const options = declaredOptions();
  const rows = tableRows(document, 'option', 'type', 'default', 'meaning');

  const rowOf = (name: string): string[] => rows.find(([option]) => codesIn(option).includes(name)) ?? [];

  it('lists every option once, and no other', () => {
    expect(options.size).toBeGreaterThan(50);
    expect(rows.flatMap(([name]) => codesIn(name)).toSorted()).toEqual([...options.keys()].toSorted());
  });

  it('tells the defaults that the comments of the options tell', () => {
    const told = [...options].filter(([, { fallback }]) => fallback !== undefined);
    expect(told.length).toBeGreaterThan(30);
    const wrong = told.filter(([name, { fallback = '' }]) => !wordsOf(rowOf(name)[2] ?? '').includes(fallback));
    expect(wrong.map(([name, { fallback }]) => `${name}: ${fallback}`)).toEqual([]);
  });

  it('tells the types that the options have', () => {
    const wrong = [...options].filter(([name, { type }]) => rowOf(name)[1] !== type);
    expect(wrong.map(([name, { type }]) => `${name}: ${type}`)).toEqual([]);
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
      interface Inner { one: readonly (string | number)[]; two: NamedPrivateKey; three: (a: string) => void }
      interface NamedPrivateKey { key: string }`;
    expect(
      [...optionsOf('Root', interfacesOf([parse('a.ts', source)]))].map(([name, { type, fallback }]) => [
        name,
        type,
        fallback,
      ]),
    ).toEqual([
      ['plain', 'string', 'a'],
      ['number', 'number', '86400'],
      ['either', 'Inner or false', undefined],
      ['either.one', 'list of string or number', undefined],
      ['either.two', 'NamedPrivateKey', undefined],
      ['either.three', 'function', undefined],
      ['list', 'list of Inner', undefined],
      ['list.one', 'list of string or number', undefined],
      ['list.two', 'NamedPrivateKey', undefined],
      ['list.three', 'function', undefined],
      ['literal', 'object', undefined],
      ['literal.deep', 'boolean', 'false'],
    ]);
  });
});

/** Everything in a cell that a default could be. */
function wordsOf(cell: string): string[] {
  return [...codesIn(cell), ...(cell.match(/\d[\d ]*\d|\d/g) ?? []).map((number) => number.replaceAll(' ', ''))];
}
