import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { circlesIn, flowchart, reduced, roomsIn } from '../architecture/graph.js';
import { INNER, layerOf, MAY_IMPORT, TENANT_MAY_IMPORT, tenantRoomOf } from '../architecture/rules.js';
import { LIBRARY, parse, readSources, root, TENANT, without } from '../architecture/sources.js';
import { identifiersIn, memberNames } from './source-names.js';
import { codesIn, sectionsOf, tableRows } from './tables.js';

const path = join(root, 'docs/architecture.md');
const document = readFileSync(path, 'utf8');
const library = without(readSources(LIBRARY), /\.spec\.ts$/);
const tenant = without(readSources(TENANT), /(\.spec\.ts$|\/testing\/)/);
const inLibrary = (file: string): string => `${LIBRARY}/${file}`;

describe('docs/architecture.md', () => {
  it('says who may import whom as the architecture test holds it', () => {
    const rows = tableRows(document, 'folder', 'may import');
    const told = Object.fromEntries(
      rows.map(([folder, targets = '']) => [
        codesIn(folder).join(),
        [...(targets.startsWith('the inside') ? INNER : []), ...codesIn(targets)],
      ]),
    );
    expect(told).toEqual(
      Object.fromEntries(Object.entries(MAY_IMPORT).map(([folder, targets]) => [folder, [...targets]])),
    );
  });

  it.each([
    ['the library', MAY_IMPORT],
    ['the tenant', TENANT_MAY_IMPORT],
  ])('says it of layers: nobody in %s may import itself around', (_, table) => {
    expect(circlesIn(new Map(Object.entries(table).map(([folder, targets]) => [folder, new Set(targets)])))).toEqual(
      [],
    );
  });

  it('draws the packages as their code is; `npm run graph` draws them anew', async () => {
    const drawn = Object.entries({
      library: flowchart(reduced(roomsIn(library, layerOf))),
      tenant: flowchart(reduced(roomsIn(tenant, tenantRoomOf))),
    }).map(([name, chart]) => [`graph of the ${name}`, `\`\`\`mermaid\n${chart}\n\`\`\``] as const);
    const anew = drawn.reduce((text, [name, block]) => withBlock(text, name, block), document);
    await expect(anew).toMatchFileSnapshot(path);
  });

  it.each([
    ['the library', library, LIBRARY],
    ['the tenant', tenant, TENANT],
  ])('says what five of the largest files of %s are for', (name, sources, base) => {
    const section = sectionsOf(document).find(({ heading }) => heading === `The largest files of ${name}`);
    const told = [...(section?.body ?? '').matchAll(/^- `([^`]+)`: .{20,}/gm)].map(([, file = '']) => file);
    expect(told).toHaveLength(5);
    // Among the largest ten: a few lines more in one of them change nothing about this.
    const bySize = [...sources]
      .filter(([file]) => !file.includes('/migrations/'))
      .toSorted(([, a], [, b]) => b.text.split('\n').length - a.text.split('\n').length)
      .map(([file]) => relative(base, file));
    expect(told.filter((file) => !bySize.slice(0, 10).includes(file))).toEqual([]);
    expect(told).toContain(bySize[0]);
  });

  it('names functions and methods in its walks that are there', () => {
    const known = memberNames(library);
    const named = walksIn(document).flatMap(({ steps }) => steps);
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names a function or method in each step of its walks', () => {
    const walks = walksIn(document);
    expect(walks.length).toBeGreaterThan(10);
    expect(walks.filter(({ steps }) => steps.length === 0).map(({ text }) => text)).toEqual([]);
  });
});

describe('the table of what to touch', () => {
  const rows = new Map(
    tableRows(document, 'to add', 'touch').map(([what = '', files]) => [
      what,
      codesIn(files).filter((code) => /\.(ts|md)$/.test(code)),
    ]),
  );
  const filesFor = (what: string): string[] => (rows.get(what) ?? []).filter((file) => file.endsWith('.ts'));

  it('names files that are there', () => {
    const patterns = [...rows.values()].flat();
    expect(patterns.length).toBeGreaterThan(25);
    const gone = patterns.filter((pattern) => !isThere(pattern));
    expect(gone).toEqual([]);
  });

  it('names the files in which each option is: declared, known by name, and checked with its group', () => {
    const [declared, known, group] = ['auth0-connect-options.ts', 'known-names.ts', '<group>-options.ts'].map(
      (file) => `options/${file}`,
    );
    expect(filesFor('an option')).toEqual([declared, known, group]);

    const options = propertiesOf('Auth0ConnectOptions', inLibrary('options/auth0-connect-options.ts'));
    expect(options.length).toBeGreaterThan(25);
    const files = new Map(options.map((name) => [name, filesNaming(name, 'options')]));
    expect(options.filter((name) => ![declared, known].every((file) => files.get(name)?.includes(file!)))).toEqual([]);
    const groups = options.map((name) =>
      (files.get(name) ?? []).filter((file) => file.endsWith('-options.ts') && file !== declared),
    );
    expect(groups.filter((found) => found.length === 0)).toEqual([]);
    // A few are of importance to several: the client's id, whether http may be.
    expect(groups.filter((found) => found.length === 1).length).toBeGreaterThan(15);
  });

  it('is right that an error is declared in one file, and named for other processes in another where an exchange has it', () => {
    const [group, shared] = filesFor('an error');
    expect([group, shared]).toEqual(['errors/<kind>.errors.ts', 'tokens/shared-failure.ts']);
    const declared = [...library.values()].flatMap((source) => source.statements.filter(isErrorClass));
    expect(declared.length).toBeGreaterThan(25);
    const elsewhere = declared
      .map((one) => one.getSourceFile().fileName)
      .filter((file) => !['errors/', 'auth0/'].some((folder) => file.startsWith(inLibrary(folder))));
    expect(elsewhere.toSorted()).toEqual(INTERNAL_ERRORS);
  });

  it('is right about routes: their option, their controller, the list of controllers', () => {
    expect(filesFor('a route')).toEqual([
      'options/routes.ts',
      'nest/controllers/<name>.controller.ts',
      'nest/controllers/index.ts',
    ]);
    const list = library.get(inLibrary('nest/controllers/index.ts'))!;
    const names = identifiersIn(list);
    const routes = propertiesOf('ResolvedRoutes', inLibrary('options/routes.ts'));
    expect(routes.length).toBeGreaterThan(8);
    expect(routes.filter((route) => !names.has(route))).toEqual([]);
    const controllers = [...library.keys()].filter((file) => file.endsWith('.controller.ts'));
    const made = controllers.map((file) => exportedFunction(library.get(file)!));
    expect(made.filter((create) => create === undefined || !names.has(create))).toEqual([]);
  });

  it.each([
    ['api-access-token', 'ApiAccessTokenEntity', 'TypeOrmApiAccessTokenStore'],
    ['connection-token', 'ConnectionTokenEntity', 'TypeOrmConnectionTokenStore'],
  ])('is right about stored tokens: %s', (kind, entity, store) => {
    const files = filesFor('a kind of stored token').map((file) => file.replace('<kind>', kind));
    expect(files).toContain(`persistence/entities/${kind}.entity.ts`);
    expect(files).toContain(`persistence/stores/${kind}.store.ts`);
    // What else knows the entity reads it for a purpose of its own.
    const readers = [
      'persistence/session-reading/session-reader.ts',
      'persistence/session-reading/connection-token-reader.ts',
      'persistence/session-reading/opened-tokens.ts',
      'persistence/maintenance/orphan-token.cleaner.ts',
    ];
    expect(
      filesNaming(entity, 'persistence').filter((file) => !files.includes(file) && !readers.includes(file)),
    ).toEqual([]);
    expect(filesNaming(store, '').filter((file) => !files.includes(file))).toEqual([]);
  });

  it('is right that drivers are known by name in one file', () => {
    const drivers = ['better-sqlite3', 'postgres', 'mysql', 'mariadb'];
    // A migration is what it was on the day it was released.
    const naming = [...library].filter(
      ([file, source]) => !file.includes('/migrations/') && drivers.some((name) => source.text.includes(`'${name}'`)),
    );
    expect(naming.map(([file]) => relative(LIBRARY, file))).toEqual(filesFor('a database driver'));
  });

  it('is right about guards: the guard, those of the edge, the public API', () => {
    const [guard, ...lists] = filesFor('a guard');
    expect(guard).toBe('nest/guards/<name>.guard.ts');
    const guards = [...library.keys()].filter((file) => /nest\/guards\/.*\.guard\.ts$/.test(file));
    expect(guards.length).toBeGreaterThan(2);
    const classes = guards.flatMap((file) => library.get(file)!.statements.filter((one) => ts.isClassDeclaration(one)));
    expect(classes).toHaveLength(guards.length);
    const missing = lists.flatMap((list) => {
      const names = identifiersIn(library.get(inLibrary(list))!);
      return classes.map(({ name }) => name?.text ?? '').filter((name) => !names.has(name));
    });
    expect(missing).toEqual([]);
  });
});

describe('the check itself', () => {
  it('reads steps of numbered lists under walks, and nothing else', () => {
    const markdown = [
      '## The way of a request',
      '`notThis()` of the text.',
      '1. `First.step()` and `second()`,',
      '   then `third()`; `noStep`.',
      '2. nothing',
      '## Another',
      '1. `other()`',
    ].join('\n');
    expect(walksIn(markdown).map(({ steps }) => steps)).toEqual([['First.step', 'second', 'third'], []]);
  });

  it('finds functions, methods, accessors and properties, also within functions and interfaces', () => {
    const source = `
      export function made() { class Inner { run() {} get got() { return 1; } field = 1; } return Inner; }
      export interface Port { call(): void; readonly value: string }
      export const lookUp = perHandler(() => 1);`;
    const names = memberNames(new Map([['a.ts', parse('a.ts', source)]]));
    expect([...names].toSorted()).toEqual([
      'Inner.field',
      'Inner.got',
      'Inner.run',
      'Port.call',
      'Port.value',
      'lookUp',
      'made',
    ]);
  });

  it('leaves out arrows that follow from others, and none more', () => {
    const graph = new Map([
      ['a', new Set(['b', 'c'])],
      ['b', new Set(['c'])],
      ['c', new Set(['d'])],
    ]);
    expect(reduced(graph)).toEqual([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
    ]);
  });

  it('refuses a document that has lost a block', () => {
    expect(() => withBlock('text', 'graph of the library', 'x')).toThrow('graph of the library');
    expect(withBlock('a\n<!-- b -->\nold\n<!-- end of b -->\nc', 'b', 'new')).toBe(
      'a\n<!-- b -->\n\nnew\n\n<!-- end of b -->\nc',
    );
  });
});

/** Told by a cipher to a store, and by the vault to the inside: no answer to anybody. An adapter has some of its own. */
const INTERNAL_ERRORS = ['ports/token-cipher.ts', 'tokens/account-not-connected.ts'].map(inLibrary);

function isErrorClass(statement: ts.Statement): statement is ts.ClassDeclaration {
  if (!ts.isClassDeclaration(statement)) return false;
  const base = statement.heritageClauses?.[0]?.types[0]?.expression.getText() ?? '';
  return /(^Error|Error|HttpException)$/.test(base);
}

/** Numbered items under a heading that begins with `The way of`, and what they name as `step()`. */
function walksIn(markdown: string): { text: string; steps: string[] }[] {
  return sectionsOf(markdown)
    .filter(({ heading }) => heading.startsWith('The way of'))
    .flatMap(({ body }) => body.split(/^(?=\d+\. )/m).slice(1))
    .map((text) => ({
      text,
      steps: codesIn(text).flatMap((code) => /^([\w.]+)\(\)$/.exec(code)?.[1] ?? []),
    }));
}

function withBlock(markdown: string, name: string, block: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [markdown.indexOf(begin), markdown.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no place for the ${name}`);
  return `${markdown.slice(0, from + begin.length)}\n\n${block}\n\n${markdown.slice(to)}`;
}

/** @param pattern a path in the library or below docs/, with `<...>` for any name */
function isThere(pattern: string): boolean {
  if (pattern.startsWith('docs/')) return existsSync(join(root, pattern));
  const parts = inLibrary(pattern).split(/<[^>]+>/);
  const matcher = new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('[^/]+')}$`);
  return [...library.keys()].some((file) => matcher.test(file));
}

function filesNaming(name: string, folder: string): string[] {
  const also = name.replace(/Seconds$/, 'Ms');
  return [...library]
    .filter(([file]) => file.startsWith(inLibrary(folder)))
    .filter(([, source]) => [name, also].some((one) => identifiersIn(source).has(one)))
    .map(([file]) => relative(LIBRARY, file));
}

function propertiesOf(name: string, file: string): string[] {
  const found = library.get(file)?.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  return found && ts.isInterfaceDeclaration(found) ? found.members.map((member) => member.name?.getText() ?? '') : [];
}

function exportedFunction(source: ts.SourceFile): string | undefined {
  return source.statements.find((one) => ts.isFunctionDeclaration(one))?.name?.text;
}
