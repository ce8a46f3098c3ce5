import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'libs/auth0-connect/src/options');
const document = readFileSync(join(root, 'docs/configuration.md'), 'utf8');

/** Described once, in a table of its own, because several options take one. */
const DESCRIBED_APART = 'NamedPrivateKey';

/** An option by its path, and the default that its comment tells, where it does. */
type Options = Map<string, string | undefined>;

describe('docs/configuration.md', () => {
  const interfaces = interfacesOf(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => parse(name, readFileSync(join(folder, name), 'utf8'))),
  );
  const options: Options = new Map([
    ...optionsOf('Auth0ConnectOptions', interfaces),
    ...optionsOf('Auth0ConnectExtras', interfaces),
    ...optionsOf(DESCRIBED_APART, interfaces, 'privateKey.'),
  ]);
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

function parse(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

function interfacesOf(sources: readonly ts.SourceFile[]): Map<string, ts.InterfaceDeclaration> {
  const all = sources.flatMap(({ statements }) => statements.filter((one) => ts.isInterfaceDeclaration(one)));
  return new Map(all.map((one) => [one.name.text, one]));
}

function optionsOf(name: string, interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>, prefix = ''): Options {
  const found: Options = new Map();
  const addMembers = (members: ts.NodeArray<ts.TypeElement>, path: string): void => {
    for (const member of members) {
      if (!ts.isPropertySignature(member) || !member.type) continue;
      const option = `${path}${member.name.getText()}`;
      found.set(option, defaultOf(member));
      addParts(member.type, `${option}.`);
    }
  };
  const addParts = (type: ts.TypeNode, path: string): void => {
    if (ts.isTypeLiteralNode(type)) return addMembers(type.members, path);
    if (ts.isFunctionTypeNode(type)) return;
    const reference = ts.isTypeReferenceNode(type) ? type.typeName.getText() : DESCRIBED_APART;
    const made = reference === DESCRIBED_APART ? undefined : interfaces.get(reference);
    if (made) addMembers(made.members, path);
    ts.forEachChild(type, (part) => {
      if (ts.isTypeNode(part)) addParts(part, path);
    });
  };
  addMembers(interfaces.get(name)?.members ?? ts.factory.createNodeArray(), prefix);
  return found;
}

/** What follows `Default` in the comment, where it is a value and not a sentence. */
function defaultOf(member: ts.PropertySignature): string | undefined {
  const text = ts
    .getJSDocCommentsAndTags(member)
    .map(({ comment }) => (typeof comment === 'string' ? comment : ''))
    .join(' ');
  const [, code, plain] = /\bDefault:? (?:`([^`]+)`|(\d[\d ]*\d|\d|true|false)\b)/.exec(text) ?? [];
  return code ?? plain?.replaceAll(' ', '');
}

/** Everything in a cell that a default could be. */
function wordsOf(cell: string): string[] {
  return [...codesIn(cell), ...(cell.match(/\d[\d ]*\d|\d/g) ?? []).map((number) => number.replaceAll(' ', ''))];
}
