/**
 * Every TypeScript block in README.md, docs/*.md and libs/*\/README.md compiles, against the built packages. After the
 * language, a block says what it is:
 *
 *   ```ts                        a whole module: it imports what it uses
 *   ```ts title="src/main.ts"    the same, and other blocks of the document may import it by that path. What they
 *                                import and the document does not show is taken from test/package/fixture.
 *   ```ts fragment               statements that use the names of prelude.ts and of the library without importing them
 *   ```ts members                members of a controller, such as one handler; `this.accounts` is there
 *   ```ts ignore                 not compiled here: it is run by a test of its own
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { codeBlocks, type CodeBlock } from './code-blocks.js';
import { PRELUDE } from './prelude.js';

const root = resolve(import.meta.dirname, '../..');
const workplace = join(root, 'artifacts/docs');
const KINDS = ['fragment', 'members', 'ignore'];

const documents = [
  'README.md',
  ...markdownIn('docs'),
  ...readdirSync(join(root, 'libs')).flatMap((name) => markdownIn(join('libs', name))),
].filter((path) => existsSync(join(root, path)));

// The first to compile reads the declarations of every package.
vi.setConfig({ testTimeout: 120_000 });

beforeAll(() => {
  rmSync(workplace, { recursive: true, force: true });
});

describe('the documents', () => {
  it('show in README.md how the library is used', () => {
    const blocks = codeBlocks(readFileSync(join(root, 'README.md'), 'utf8'));
    expect(blocks.filter(({ words }) => !words.includes('ignore')).length).toBeGreaterThan(0);
  });

  it('leave out nothing but what a test of its own runs', () => {
    const ignoring = documents.filter((path) =>
      codeBlocks(readFileSync(join(root, path), 'utf8')).some(({ words }) => words.includes('ignore')),
    );
    expect(ignoring).toEqual(['docs/accounts-page.md']);
  });

  it.each(documents)('%s has only TypeScript that compiles', (path) => {
    expect(problemsOf(path, readFileSync(join(root, path), 'utf8'))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('lets right code pass, whatever kind it is of', () => {
    expect(
      check(
        '# A title',
        '```ts title="src/app.module.ts"',
        "import { Module } from '@nestjs/common';",
        "import { WeatherController } from './weather.controller.js';",
        '@Module({ controllers: [WeatherController] })',
        'export class AppModule {}',
        '```',
        '```ts title="src/weather.controller.ts"',
        "import { CalendarService } from './calendar.service.js';",
        'export class WeatherController { constructor(readonly calendar: CalendarService) {} }',
        '```',
        '```ts fragment',
        "const { accessToken } = await accounts.getAccessTokenForConnection(session, { connection: 'github' });",
        'const token: string = accessToken;',
        '```',
        '1. ~~~ts members',
        "   @Get('repositories')",
        "   list(@ConnectedToken('github') token: string, @CurrentUser() user: UserClaims) {",
        '     return [token, user.sub, this.accounts.listConnectedAccounts];',
        '   }',
        '   ~~~',
        '```ts ignore',
        'forRoot(options: ...)',
        '```',
        '```json',
        'not TypeScript',
        '```',
      ),
    ).toEqual([]);
  });

  it('tells the line of a mistake', () => {
    expect(check('text', '', '```ts', 'export const a = 1;', "export const b: number = 'two';", '```')).toEqual([
      "example.md:5 Type 'string' is not assignable to type 'number'. (TS2322)",
    ]);
    expect(check('```ts fragment', 'const { nothing } = session;', '```')).toEqual([
      expect.stringMatching(/^example\.md:2 Property 'nothing' does not exist/),
    ]);
    expect(check('```ts members', 'a() {', '  return this.nothing;', '}', '```')).toEqual([
      expect.stringMatching(/^example\.md:3 Property 'nothing' does not exist/),
    ]);
    expect(check('```ts', 'export const = 1;', '```').length).toBeGreaterThan(0);
  });

  it('wants a whole module to import what it uses', () => {
    expect(check('```ts', 'export const guard = SessionGuard;', '```')).toEqual([
      "example.md:2 Cannot find name 'SessionGuard'. (TS2304)",
    ]);
    expect(check('```ts', "import { Nothing } from 'nestjs-auth0-connect';", 'export { Nothing };', '```')).toEqual([
      expect.stringMatching(/^example\.md:2 .*no exported member.*Nothing/),
    ]);
    expect(check('```ts', "export * from './gone.js';", '```')).toEqual([
      expect.stringMatching(/^example\.md:2 Cannot find module/),
    ]);
  });

  it('knows no other kind of block, and each title once', () => {
    expect(check('```ts fragmnet', 'anything', '```')).toEqual(['example.md:2 what is "fragmnet"?']);
    expect(check('```ts title="a.ts"', 'export {};', '```', '```ts title="a.ts"', 'export {};', '```')).toEqual([
      'example.md:5 there is another a.ts',
    ]);
    expect(check('```ts title="../a.ts"', 'export {};', '```')).toEqual(['example.md:2 ../a.ts is no path below']);
  });
});

function check(...lines: string[]): string[] {
  return problemsOf('example.md', lines.join('\n'));
}

function markdownIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => join(folder, name));
}

/** `path:line what is wrong` for everything wrong with the blocks of a document. */
function problemsOf(path: string, markdown: string): string[] {
  const folder = join(workplace, path);
  const blocks = codeBlocks(markdown).filter(({ words }) => !words.includes('ignore'));
  const unclear = blocks.flatMap((block) => unclarityOf(block, blocks).map((text) => `${path}:${block.line} ${text}`));
  if (unclear.length > 0) return unclear;

  rmSync(folder, { recursive: true, force: true });
  const files = new Map(
    blocks.map((block) => [join(folder, block.title ?? `line-${block.line}${kindOf(block)}.ts`), block]),
  );
  for (const [file, block] of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, sourceOf(block));
  }
  const all = [...files.keys()];
  const modules = all.filter((file) => kindOf(files.get(file)!) === '');
  const pieces = all.filter((file) => kindOf(files.get(file)!) !== '');
  return [...compile(modules, folder), ...compile(pieces, folder, preludes())]
    .map(({ file, line, text }) => ({ line: (files.get(file)?.line ?? 1) + line, text }))
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, text }) => `${path}:${line} ${text}`);
}

function unclarityOf({ line, title, words }: CodeBlock, blocks: readonly CodeBlock[]): string[] {
  const unknown = words.filter((word) => !KINDS.includes(word)).map((word) => `what is "${word}"?`);
  if (title === undefined) return unknown;
  const isBelow = !relative('here', join('here', title)).startsWith('..');
  const first = blocks.find((block) => block.title === title);
  return [
    ...unknown,
    ...(isBelow ? [] : [`${title} is no path below`]),
    ...(first?.line === line ? [] : [`there is another ${title}`]),
  ];
}

function kindOf({ words }: CodeBlock): string {
  return words[0] === undefined ? '' : `.${words[0]}`;
}

/** The block as a module, each line where it was. */
function sourceOf(block: CodeBlock): string {
  if (block.words.includes('members')) return `export class Example extends Members { ${block.code}\n}\n`;
  if (block.words.includes('fragment')) return `${block.code}\nexport {};\n`;
  return block.code;
}

/** The ambient names for what does not import. Only there: a whole module has to import what it uses. */
function preludes(): string[] {
  const built = createRequire(import.meta.url);
  const namesOf = (entry: string, alias: string): string =>
    Object.keys(built(entry) as object)
      .map((name) => `  export import ${name} = ${alias}.${name};\n`)
      .join('');
  const generated = join(workplace, 'library.d.ts');
  const written = join(workplace, 'prelude.d.ts');
  mkdirSync(workplace, { recursive: true });
  writeFileSync(
    generated,
    "import * as library from 'nestjs-auth0-connect';\nimport * as typeorm from 'nestjs-auth0-connect/typeorm';\n" +
      'declare global {\n' +
      namesOf('nestjs-auth0-connect', 'library') +
      namesOf('nestjs-auth0-connect/typeorm', 'typeorm') +
      '}\n',
  );
  writeFileSync(written, PRELUDE);
  return [generated, written];
}

interface Problem {
  readonly file: string;
  /** Counted from 0. */
  readonly line: number;
  readonly text: string;
}

/** The declarations of packages are read once. */
const parsed = new Map<string, ts.SourceFile | undefined>();

function compile(files: readonly string[], folder: string, ambient: readonly string[] = []): Problem[] {
  if (files.length === 0) return [];
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    strictPropertyInitialization: false,
    noUncheckedIndexedAccess: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    noEmit: true,
    rootDirs: [folder, join(root, 'test/package/fixture')],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (!name.includes('/node_modules/') && !name.includes('/libs/')) return read(name, ...rest);
    if (!parsed.has(name)) parsed.set(name, read(name, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([...ambient, ...files], options, host);
  return [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()].flatMap(
    ({ file, start, messageText, code }) => {
      const text = `${ts.flattenDiagnosticMessageText(messageText, ' ')} (TS${code})`;
      if (!file || file.fileName.includes('/node_modules/') || file.fileName.includes('/libs/')) return [];
      // Our own prelude or fixture is wrong: no line of the document.
      if (!files.includes(file.fileName)) return [{ file: '', line: -1, text: `${file.fileName}: ${text}` }];
      return [{ file: file.fileName, line: file.getLineAndCharacterOfPosition(start ?? 0).line, text }];
    },
  );
}
