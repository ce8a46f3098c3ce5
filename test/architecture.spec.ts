import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { cycles, folderCycles } from './architecture/graph.js';
import { BELONGS_TO, layerOf, MAY_IMPORT, TENANT_MAY_IMPORT, tenantRoomOf } from './architecture/rules.js';
import {
  fileNamed,
  importsIn,
  LIBRARY,
  parse,
  place,
  readSources,
  root,
  TENANT,
  without,
  type Sources,
} from './architecture/sources.js';

const INTEGRATIONS = readdirSync(join(root, LIBRARY, 'integrations'));

/** The packages that those of the files import that lie somewhere. */
function packagesUsed(among: Parameters<typeof importsIn>[0], where: (from: string) => boolean): Set<string> {
  const names = importsIn(among)
    .filter(({ from, name }) => where(from) && /^[@a-z]/.test(name) && !name.startsWith('node:'))
    .map(({ name }) => packageOf(name));
  return new Set(names);
}

describe('the library', () => {
  let sources: Sources;
  let shipped: Sources;
  beforeAll(() => {
    sources = readSources(LIBRARY);
    shipped = without(sources, /\.spec\.ts$/);
  });

  it('is there', () => {
    expect(shipped.size).toBeGreaterThan(50);
  });

  it('has each file import only what the table allows', () => {
    expect(forbiddenImports(shipped)).toEqual([]);
  });

  it('keeps each framework and driver where it belongs', () => {
    expect(misplacedPackages(shipped)).toEqual([]);
  });

  it('has no cycle among its files, types included', () => {
    expect(cycles(shipped)).toEqual([]);
  });

  it('has no two folders that import each other, types included', () => {
    expect(folderCycles(shipped, LIBRARY)).toEqual([]);
  });

  it('keeps the ports in files of that name: no helper or service declares one', () => {
    expect(portsElsewhere(shipped)).toEqual([]);
  });

  it('imports only packages that its manifest names', () => {
    const manifest = JSON.parse(readFileSync(join(root, LIBRARY, '../package.json'), 'utf8')) as Manifest;
    expect(undeclaredPackages(shipped, manifest)).toEqual([]);
  });

  it('takes its configuration from its options, not from the environment', () => {
    const uses = usesOf(shipped, 'process.env').map((use) => use.replace(/:\d+$/, ''));
    expect(uses, 'but for the command line').toEqual([`${LIBRARY}/cli.ts`]);
  });

  it('writes nothing to the console', () => {
    expect(usesOf(shipped, 'console')).toEqual([]);
  });

  it('knows nothing of the local tenant, its tests neither, but for the subpath that starts one', () => {
    const others = without(sources, /\/integrations\/testing\//);
    expect(importsOf(others, 'auth0-local-tenant')).toEqual([]);
  });

  it('offers each integration as a subpath, whose library is a peer that may be missing', () => {
    const manifest = JSON.parse(readFileSync(join(root, LIBRARY, '../package.json'), 'utf8')) as Manifest;
    expect(INTEGRATIONS.length).toBeGreaterThan(0);
    for (const subpath of INTEGRATIONS) {
      const types = `./dist/integrations/${subpath}/index.d.ts`;
      expect(manifest.exports[`./${subpath}`]).toEqual({ types, default: `./dist/${subpath}.js` });
      expect(manifest.typesVersions['*'][subpath]).toEqual([types]);
    }
    const inside = packagesUsed(shipped, (from) => !from.startsWith(`${LIBRARY}/integrations/`));
    const byIntegrations = packagesUsed(shipped, (from) => from.startsWith(`${LIBRARY}/integrations/`));
    expect(Object.keys(manifest.peerDependenciesMeta ?? {}).toSorted()).toEqual(
      [...byIntegrations].filter((name) => !inside.has(name)).toSorted(),
    );
  });

  it.each(['index.ts', 'typeorm.ts', ...INTEGRATIONS.map((subpath) => `integrations/${subpath}/index.ts`)])(
    'says of every export of %s what it is',
    (entry) => {
      const names = exportsOf(shipped, `${LIBRARY}/${entry}`);
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter(({ documented }) => !documented).map(({ name, at }) => `${name} (${at})`)).toEqual([]);
    },
  );

  it('says of every member of an export what it is', () => {
    const entries = ['index.ts', ...INTEGRATIONS.map((subpath) => `integrations/${subpath}/index.ts`)];
    const members = entries.flatMap((entry) =>
      exportsOf(shipped, `${LIBRARY}/${entry}`).flatMap(({ members: all }) => all),
    );
    expect(members.length).toBeGreaterThan(200);
    expect(members.filter(({ documented }) => !documented).map(({ name }) => name)).toEqual([]);
  });
});

describe('the local tenant', () => {
  let shipped: Sources;
  beforeAll(() => {
    shipped = without(readSources(TENANT), /(\.spec\.ts$|\/testing\/)/);
  });

  it('knows nothing of the library', () => {
    const sources = readSources(TENANT);
    expect(sources.size, 'source files found').toBeGreaterThan(20);
    expect(importsOf(sources, 'nestjs-auth0-connect')).toEqual([]);
  });

  it('has each file import only what its table allows', () => {
    expect(forbiddenImports(shipped, TENANT_MAY_IMPORT, tenantRoomOf)).toEqual([]);
  });

  it('has no cycle among its files, types included', () => {
    expect(cycles(shipped)).toEqual([]);
  });

  it('has no two folders that import each other, types included', () => {
    expect(folderCycles(shipped, TENANT)).toEqual([]);
  });
});

describe('the packages of this workspace', () => {
  it.each(['src', LIBRARY, TENANT])('%s reaches no file of another package by a relative path', (folder) => {
    const sources = without(readSources(folder), /\.spec\.ts$/);
    expect(sources.size, 'source files found').toBeGreaterThan(0);
    expect(importsOutOf(sources)).toEqual([]);
  });
});

/** The rules above are worth what their checks notice: here is one breach of each. */
describe('the check itself', () => {
  it.each([
    ['an error that imports a helper', 'errors/a.ts', "import { b } from '../shared/b.js';", 'shared/b.ts'],
    ['options that import tokens', 'options/a.ts', "import { b } from '../tokens/b.js';", 'tokens/b.ts'],
    ['a session that imports accounts', 'session/a.ts', "import type { b } from '../accounts/b.js';", 'accounts/b.ts'],
    ['accounts that import an adapter', 'accounts/a.ts', "export * from '../auth0/b.js';", 'auth0/b.ts'],
    ['an adapter that imports the other', 'auth0/a.ts', "import { b } from '../persistence/b.js';", 'persistence/b.ts'],
    ['an adapter that imports the edge', 'persistence/a.ts', "import '../nest/request/b.js';", 'nest/request/b.ts'],
    [
      'a guard that imports an adapter',
      'nest/guards/a.ts',
      "const b = await import('../../auth0/b.js');",
      'auth0/b.ts',
    ],
    ['a type of an adapter in the edge', 'nest/request/a.ts', "type B = import('../../auth0/b.js').B;", 'auth0/b.ts'],
    ['the public API with an adapter in it', 'index.ts', "export { b } from './persistence/b.js';", 'persistence/b.ts'],
    ['the public API used from inside', 'nest/request/a.ts', "import { b } from '../../index.js';", 'index.ts'],
    ['a request that imports a guard', 'nest/request/a.ts', "import { b } from '../guards/b.js';", 'nest/guards/b.ts'],
    [
      'a filter that imports a controller',
      'nest/filters/a.ts',
      "import '../controllers/b.js';",
      'nest/controllers/b.ts',
    ],
    [
      'a decorator that imports a guard, as a type',
      'nest/decorators/a.ts',
      "import type { b } from '../guards/b.js';",
      'nest/guards/b.ts',
    ],
    ['a session that imports the login', 'session/a.ts', "import { b } from '../login/b.js';", 'login/b.ts'],
    [
      'a folder that is not in the table',
      'nest/request/a.ts',
      "import { b } from '../../helpers/b.js';",
      'helpers/b.ts',
    ],
  ])('notices %s', (_, path, text, target) => {
    expect(forbiddenImports(files({ [path]: text, [target]: '' }))).toEqual([
      `${inLibrary(path)}:1 imports ${inLibrary(target)}`,
    ]);
  });

  it('notices a file that is not there', () => {
    expect(forbiddenImports(files({ 'nest/request/a.ts': "import './gone.js';" }))).toEqual([
      `${inLibrary('nest/request/a.ts')}:1 imports ${inLibrary('nest/request/gone.js')}`,
    ]);
  });

  it.each([
    ['accounts/a.ts', 'typeorm'],
    ['session/a.ts', 'openid-client'],
    ['options/a.ts', 'express'],
    ['nest/request/a.ts', '@nestjs/platform-fastify'],
    ['tokens/a.ts', '@nestjs/typeorm'],
    ['errors/a.ts', 'passport/lib/errors.js'],
    ['auth0/a.ts', 'auth0-local-tenant'],
  ])('notices that %s imports %s', (path, name) => {
    const sources = files({ [path]: `// first\nimport type { A } from '${name}';` });
    expect(misplacedPackages(sources)).toEqual([`${inLibrary(path)}:2 imports ${name}`]);
    expect(undeclaredPackages(sources, { dependencies: { jose: '*' } })).toEqual([
      `${inLibrary(path)}:2 imports ${name}`,
    ]);
  });

  it('notices a cycle, also one of types only, and names its files', () => {
    const sources = files({
      'session/a.ts': "import { b } from './b.js';",
      'session/b.ts': "import type { c } from './c.js';",
      'session/c.ts': "export { a } from './a.js';",
      'session/d.ts': "import './a.js';",
    });
    expect(cycles(sources)).toEqual(['session/a.ts > session/b.ts > session/c.ts > session/a.ts']);
  });

  it('notices two folders that import each other by files of their own, and as types', () => {
    const sources = files({
      'session/a.ts': "import { b } from '../tokens/b.js';",
      'session/c.ts': '',
      'tokens/b.ts': '',
      'tokens/d.ts': "import type { c } from '../session/c.js';",
      'nest/request/e.ts': "import { b } from '../../tokens/b.js';",
    });
    expect(cycles(sources)).toEqual([]);
    expect(folderCycles(sources, LIBRARY)).toEqual(['session > tokens > session']);
  });

  it('notices the same in the tenant: an import upwards, a cycle, two folders', () => {
    const sources = new Map(
      Object.entries({
        'state/a.ts': "import type { b } from '../openid/b.js';",
        'openid/b.ts': "import { a } from '../state/a.js';",
      }).map(([path, text]) => [`${TENANT}/${path}`, parse(`${TENANT}/${path}`, text)]),
    );
    expect(forbiddenImports(sources, TENANT_MAY_IMPORT, tenantRoomOf)).toEqual([
      `${TENANT}/state/a.ts:1 imports ${TENANT}/openid/b.ts`,
    ]);
    expect(cycles(sources)).toEqual(['openid/b.ts > state/a.ts > openid/b.ts']);
    expect(folderCycles(sources, TENANT)).toEqual(['openid > state > openid']);
  });

  it('notices a port that is declared beside a helper', () => {
    const sources = files({
      'shared/a.ts': "export const A = 1;\nexport const CLOCK = Symbol('clock');",
      'session/ports.ts': "export const SESSION_STORE = Symbol('session-store');",
    });
    expect(portsElsewhere(sources)).toEqual([`${inLibrary('shared/a.ts')}:2`]);
  });

  it.each(['process.env.HOME', "process['env'].HOME", 'globalThis.process.env', 'process?.env'])(
    'notices %s',
    (use) => {
      expect(usesOf(files({ 'nest/request/a.ts': `// process.env in a comment\nf(${use});` }), 'process.env')).toEqual([
        `${inLibrary('nest/request/a.ts')}:2`,
      ]);
    },
  );

  it('notices the environment under another name', () => {
    const sources = files({
      'nest/request/a.ts': "import { env } from 'node:process';",
      'nest/request/b.ts': 'const { env } = process;',
    });
    expect(usesOf(sources, 'process.env')).toHaveLength(2);
  });

  it('notices the console, and not a property of that name', () => {
    const sources = files({
      'nest/request/a.ts': "console.log('a');\nconst write = console;\nwindow.console;\noptions.console;",
    });
    expect(usesOf(sources, 'console')).toEqual([
      `${inLibrary('nest/request/a.ts')}:1`,
      `${inLibrary('nest/request/a.ts')}:2`,
    ]);
  });

  it('notices a way out of the package', () => {
    const sources = files({
      'nest/request/a.ts': "import '../../../../auth0-tenant/src/index.js';\nrequire('../../../package.json');",
    });
    expect(importsOutOf(sources)).toEqual([
      `${inLibrary('nest/request/a.ts')}:1 imports libs/auth0-tenant/src/index.js`,
    ]);
  });

  it('notices a member without a comment, and none that nobody outside sees', () => {
    const sources = files({
      'index.ts':
        'export class A {\n  #a = 1;\n  private b = 1;\n  /** What it is. */\n  c(): void {}\n  d = 1;\n  /** @internal */\n  e = 1;\n}\n' +
        'export interface B {\n  a: string;\n}',
    });
    const members = exportsOf(sources, inLibrary('index.ts')).flatMap(({ members: all }) => all);
    expect(members.filter(({ documented }) => !documented).map(({ name }) => name)).toEqual(['A.d', 'B.a']);
  });

  it('notices an export without a comment, however it gets out', () => {
    const sources = files({
      'index.ts':
        "export * from './errors/a.js';\nexport { b as c, type D } from './errors/b.js';\nexport const e = 1;",
      'errors/a.ts': '/** What it is. */\nexport class A {}\n// Not this one.\nexport class B {}',
      'errors/b.ts': '/** What it is. */\nexport const b = 1;\nexport interface D {}',
    });
    expect(exportsOf(sources, inLibrary('index.ts')).map(({ name, documented }) => [name, documented])).toEqual([
      ['A', true],
      ['B', false],
      ['c', true],
      ['D', false],
      ['e', false],
    ]);
  });
});

function inLibrary(path: string): string {
  return `${LIBRARY}/${path}`;
}

function files(given: Record<string, string>): Sources {
  return new Map(Object.entries(given).map(([path, text]) => [inLibrary(path), parse(inLibrary(path), text)]));
}

interface Manifest {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional: boolean }>;
  exports: Record<string, unknown>;
  typesVersions: { '*': Record<string, string[]> };
}

/** A port is named by a symbol that an adapter provides: `export const X = Symbol(...)`. */
function portsElsewhere(sources: Sources): string[] {
  return [...sources].flatMap(([path, source]) => {
    if (/(^|\/)ports(\.ts$|\/)/.test(path) || /\/(options|nest|auth0|persistence|issuer)\//.test(path)) return [];
    return source.statements
      .filter((statement) => /^export const [A-Z_0-9]+ = Symbol\(/.test(statement.getText()))
      .map(place);
  });
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function forbiddenImports(sources: Sources, table = MAY_IMPORT, roomOf = layerOf): string[] {
  return importsIn(sources).flatMap(({ at, from, file }) => {
    if (file === undefined || isOutside(from, file) || file.endsWith('/package.json')) return [];
    const [room, target] = [roomOf(from), roomOf(file)];
    const allowed = sources.has(file) && room in table && (room === target || table[room]?.includes(target));
    return allowed ? [] : [`${at} imports ${file}`];
  });
}

function misplacedPackages(sources: Sources): string[] {
  return importsIn(sources).flatMap(({ at, from, name }) => {
    const rule = Object.keys(BELONGS_TO).find((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : packageOf(name) === pattern,
    );
    return rule === undefined || BELONGS_TO[rule]?.includes(layerOf(from)) ? [] : [`${at} imports ${name}`];
  });
}

function undeclaredPackages(
  sources: Sources,
  { dependencies, peerDependencies }: Pick<Manifest, 'dependencies' | 'peerDependencies'>,
): string[] {
  const known = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  return importsIn(sources)
    .filter(({ name }) => !name.startsWith('.') && !name.startsWith('node:') && !known.has(packageOf(name)))
    .map(({ at, name }) => `${at} imports ${name}`);
}

/** Imports of that package, by its name or by a path into its folder. */
function importsOf(sources: Sources, packageName: string): string[] {
  const folder = packageName === 'auth0-local-tenant' ? 'libs/auth0-tenant/' : 'libs/auth0-connect/';
  return importsIn(sources)
    .filter(({ name, file }) => packageOf(name) === packageName || file?.startsWith(folder))
    .map(({ at, name }) => `${at} imports ${name}`);
}

function importsOutOf(sources: Sources): string[] {
  return importsIn(sources)
    .filter(({ from, file }) => file !== undefined && isOutside(from, file))
    .map(({ at, file }) => `${at} imports ${file}`);
}

function isOutside(from: string, file: string): boolean {
  const home = /^libs\/[^/]+\//.exec(from)?.[0];
  return home === undefined ? file.startsWith('libs/') || file.startsWith('..') : !file.startsWith(home);
}

/** Where the environment or the console is used, in code and not in comments. */
function usesOf(sources: Sources, what: 'process.env' | 'console'): string[] {
  return [...sources.values()].flatMap((source) => {
    const found = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (what === 'console' ? isConsole(node) : isEnvironment(node)) found.add(place(node));
      ts.forEachChild(node, visit);
    };
    visit(source);
    return [...found];
  });
}

function isConsole(node: ts.Node): boolean {
  return (
    ts.isIdentifier(node) &&
    node.text === 'console' &&
    !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)
  );
}

function isEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression);
  if (ts.isElementAccessExpression(node)) {
    return /^['"`]env['"`]$/.test(node.argumentExpression.getText()) && isProcess(node.expression);
  }
  if (ts.isVariableDeclaration(node)) {
    return /\benv\b/.test(node.name.getText()) && ts.isObjectBindingPattern(node.name) && isProcess(node.initializer);
  }
  return ts.isImportDeclaration(node) && /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText());
}

function isProcess(node: ts.Node | undefined): boolean {
  return node !== undefined && /\bprocess$/.test(node.getText());
}

interface Exported {
  readonly name: string;
  readonly at: string;
  readonly documented: boolean;
  /** Those that others see, of a class or interface. */
  readonly members: readonly { readonly name: string; readonly documented: boolean }[];
}

/** What a file exports, its re-exports followed to the declaration. */
function exportsOf(sources: Sources, path: string): Exported[] {
  const source = sources.get(path);
  if (!source) throw new Error(`no file ${path}`);
  return source.statements.flatMap((statement): Exported[] => {
    if (!ts.isExportDeclaration(statement)) return isExported(statement) ? declarationsIn(statement) : [];
    const { moduleSpecifier, exportClause } = statement;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) throw new Error(`unforeseen: ${place(statement)}`);
    const all = exportsOf(sources, fileNamed(sources, join(dirname(path), moduleSpecifier.text)));
    if (!exportClause) return all;
    if (!ts.isNamedExports(exportClause)) throw new Error(`unforeseen: ${place(statement)}`);
    return exportClause.elements.map((element) => {
      const original = all.find(({ name }) => name === (element.propertyName ?? element.name).text);
      if (!original) throw new Error(`no declaration of ${element.getText()} (${place(element)})`);
      return { ...original, name: element.name.text };
    });
  });
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function declarationsIn(statement: ts.Statement): Exported[] {
  const declarations = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
  return declarations.map((declaration) => {
    const name = ts.getNameOfDeclaration(declaration as ts.Declaration)?.getText() ?? '';
    return { name, at: place(statement), documented: isDocumented(statement), members: membersIn(statement, name) };
  });
}

function membersIn(statement: ts.Statement, owner: string): Exported['members'] {
  if (!ts.isClassDeclaration(statement) && !ts.isInterfaceDeclaration(statement)) return [];
  return [...statement.members]
    .filter((member) => member.name !== undefined && !ts.isPrivateIdentifier(member.name) && isForOthers(member))
    .map((member) => ({ name: `${owner}.${member.name?.getText()}`, documented: isDocumented(member) }));
}

function isForOthers(member: ts.Node): boolean {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return !(ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some(({ kind }) => hidden.includes(kind)));
}

function isDocumented(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).some((comment) => Boolean(comment.comment) || hasInternalTag(comment));
}

/** Says that it is for nobody outside, and is not in the published types. */
function hasInternalTag(comment: ts.JSDoc | ts.JSDocTag): boolean {
  return ts.isJSDoc(comment) && (comment.tags ?? []).some(({ tagName }) => tagName.text === 'internal');
}
