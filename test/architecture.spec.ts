import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const INNER = [
  'errors',
  'shared',
  'ports',
  'options',
  'issuer',
  'tokens',
  'transactions',
  'session',
  'login',
  'resource-server',
  'accounts',
  'maintenance',
];
const EDGE = [
  'nest/request',
  'nest/decorators',
  'nest/passport',
  'nest/guards',
  'nest/filters',
  'nest/pages',
  'nest/controllers',
  'nest',
];
const ADAPTERS = ['auth0', 'persistence'];

/** What a layer of the edge may import: those below it, and the inside. */
const edgeUpTo = (layer: string): string[] => [...INNER, ...EDGE.slice(0, EDGE.indexOf(layer))];

/** Who may import whom in the library: a folder or root file, and what it may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  // The inside: what the library does, without a framework at the edge, a database or a wire.
  errors: [],
  shared: ['errors'],
  ports: [],
  options: ['errors', 'shared', 'ports'],
  issuer: ['errors', 'shared', 'ports', 'options'],
  tokens: ['errors', 'shared', 'ports', 'options'],
  transactions: ['errors', 'shared', 'ports', 'options'],
  session: ['errors', 'shared', 'ports', 'options', 'issuer', 'tokens', 'transactions'],
  login: ['errors', 'shared', 'ports', 'options', 'issuer', 'tokens', 'transactions', 'session'],
  'resource-server': ['errors', 'shared', 'ports', 'options', 'issuer', 'tokens', 'session'],
  accounts: ['errors', 'shared', 'ports', 'options', 'tokens', 'transactions', 'session', 'resource-server'],
  maintenance: ['errors', 'shared', 'ports', 'options'],
  // Adapters implement the ports of the inside, and know neither each other nor the edge.
  auth0: INNER,
  persistence: INNER,
  // The edge: Nest on one side, the services on the other, never an adapter. Its layers import downwards only.
  'nest/request': INNER,
  'nest/decorators': [...INNER, 'nest/request'],
  'nest/passport': [...INNER, 'nest/request'],
  'nest/guards': [...INNER, 'nest/request', 'nest/decorators', 'nest/passport'],
  'nest/filters': [...INNER, 'nest/request'],
  'nest/pages': [],
  'nest/controllers': edgeUpTo('nest/controllers'),
  nest: edgeUpTo('nest'),
  // The module wires everything. Nobody imports index.ts: it is for those outside.
  'typeorm.ts': ['persistence'],
  'auth0-connect.module.ts': [...INNER, ...ADAPTERS, ...EDGE, 'typeorm.ts'],
  'index.ts': [...INNER, ...EDGE, 'auth0-connect.module.ts'],
};

/** Packages that belong to one place, and that place. A name ending in `*` stands for all that begin so. */
const BELONGS_TO: Record<string, readonly string[]> = {
  typeorm: ['persistence', 'auth0-connect.module.ts'],
  '@nestjs/typeorm': ['auth0-connect.module.ts', 'persistence'],
  'openid-client': ['auth0'],
  passport: ['nest/passport'],
  '@nestjs/passport': ['nest/passport', 'nest/guards'],
  // Express and Fastify alike: the library knows neither.
  express: [],
  fastify: [],
  '@nestjs/platform-*': [],
  '@fastify/*': [],
  // The tenant is one peer of the library among others. Tests that need it live outside the library.
  'auth0-local-tenant': [],
  'nestjs-auth0-connect': [],
};

const root = resolve(import.meta.dirname, '..');
const LIBRARY = 'libs/auth0-connect/src';
const TENANT = 'libs/auth0-tenant/src';

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
    expect(usesOf(shipped, 'process.env')).toEqual([]);
  });

  it('writes nothing to the console', () => {
    expect(usesOf(shipped, 'console')).toEqual([]);
  });

  it('knows nothing of the local tenant, its tests neither', () => {
    expect(importsOf(sources, 'auth0-local-tenant')).toEqual([]);
  });

  it.each(['index.ts', 'typeorm.ts'])('says of every export of %s what it is', (entry) => {
    const names = exportsOf(shipped, `${LIBRARY}/${entry}`);
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter(({ documented }) => !documented).map(({ name, at }) => `${name} (${at})`)).toEqual([]);
  });
});

describe('the local tenant', () => {
  it('knows nothing of the library', () => {
    const sources = readSources(TENANT);
    expect(sources.size, 'source files found').toBeGreaterThan(20);
    expect(importsOf(sources, 'nestjs-auth0-connect')).toEqual([]);
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

/** Parsed files by their path from the root of the workspace. */
type Sources = ReadonlyMap<string, ts.SourceFile>;

interface Manifest {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

interface Import {
  /** `path:line` of the statement. */
  readonly at: string;
  readonly from: string;
  /** As it is written. */
  readonly name: string;
  /** The imported file, for a relative import. */
  readonly file?: string;
}

function readSources(folder: string): Sources {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return new Map();
  return new Map(
    readdirSync(absolute, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .toSorted()
      .map((path) => {
        const name = join(folder, path).replaceAll(sep, '/');
        return [name, parse(name, readFileSync(join(absolute, path), 'utf8'))];
      }),
  );
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function without(sources: Sources, pattern: RegExp): Sources {
  return new Map([...sources].filter(([path]) => !pattern.test(path)));
}

/** Each `import`, `export ... from`, `import()`, type `import()` and `require()`. */
function importsIn(sources: Sources): Import[] {
  return [...sources].flatMap(([from, source]) => {
    const found: Import[] = [];
    const visit = (node: ts.Node): void => {
      const specifier = specifierOf(node);
      if (specifier && ts.isStringLiteralLike(specifier)) {
        const name = specifier.text;
        const file = name.startsWith('.') ? fileNamed(sources, join(dirname(from), name)) : undefined;
        found.push({ at: place(node), from, name, file });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === 'require');
  return loads ? node.arguments[0] : undefined;
}

/** The source of what is imported as `.js`, where there is one. */
function fileNamed(sources: Sources, path: string): string {
  const file = path.replaceAll(sep, '/');
  const source = file.replace(/\.js$/, '.ts');
  return sources.has(source) ? source : file;
}

function place(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
}

/** The folder, or the root file, that the table speaks of; the edge is spoken of layer by layer. */
function layerOf(file: string): string {
  const [folder = '', layer = '', ...rest] = relative(LIBRARY, file).split(sep);
  return folder === 'nest' && rest.length > 0 ? `${folder}/${layer}` : folder;
}

/** Folders of any depth that import each other, directly or around, by value or by type. */
function folderCycles(sources: Sources, base: string): string[] {
  const folderOf = (file: string): string => relative(base, dirname(file)) || '.';
  const graph = new Map<string, Set<string>>();
  for (const { from, file } of importsIn(sources)) {
    if (file === undefined || !sources.has(file)) continue;
    const [here, there] = [folderOf(from), folderOf(file)];
    if (here === '.' || there === '.') continue; // the root wires everything
    // A folder and what is inside it are one room.
    if (here === there || here.startsWith(`${there}/`) || there.startsWith(`${here}/`)) continue;
    graph.set(here, (graph.get(here) ?? new Set()).add(there));
  }
  return circlesIn(graph);
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

function forbiddenImports(sources: Sources): string[] {
  return importsIn(sources).flatMap(({ at, from, file }) => {
    if (file === undefined || isOutside(from, file) || file.endsWith('/package.json')) return [];
    const [layer, target] = [layerOf(from), layerOf(file)];
    const allowed =
      sources.has(file) && layer in MAY_IMPORT && (layer === target || MAY_IMPORT[layer]?.includes(target));
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

function undeclaredPackages(sources: Sources, { dependencies, peerDependencies }: Manifest): string[] {
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

/** Each cycle once, from its first file by name. */
function cycles(sources: Sources): string[] {
  const graph = new Map<string, Set<string>>();
  for (const { from, file } of importsIn(sources)) {
    if (file !== undefined && sources.has(file)) graph.set(from, (graph.get(from) ?? new Set()).add(file));
  }
  return circlesIn(graph).map((circle) => circle.replaceAll(/libs\/[^/]+\/src\//g, ''));
}

/** Each circle once, from the first of its members on. */
function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Set<string>();
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    const begin = path.indexOf(node);
    if (begin >= 0) {
      const circle = path.slice(begin);
      const first = circle.indexOf(circle.toSorted()[0] ?? '');
      found.add([...circle.slice(first), ...circle.slice(0, first), circle[first] ?? ''].join(' > '));
    }
    if (begin >= 0 || finished.has(node)) return;
    path.push(node);
    for (const target of graph.get(node) ?? []) visit(target);
    path.pop();
    finished.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return [...found];
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
  const documented = ts.getJSDocCommentsAndTags(statement).some((comment) => Boolean(comment.comment));
  return declarations.map((declaration) => ({
    name: ts.getNameOfDeclaration(declaration as ts.Declaration)?.getText() ?? '',
    at: place(statement),
    documented,
  }));
}
