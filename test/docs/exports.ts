import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const source = resolve(import.meta.dirname, '../../libs/auth0-connect/src');

/** What one entry of the package exports. */
export interface Entry {
  /** `nestjs-auth0-connect`, or with a subpath. */
  readonly specifier: string;
  /** By name: the first sentence of its comment. */
  readonly exports: ReadonlyMap<string, string>;
}

/** All entries of the package, as the compiler sees them. */
export function entriesOfThePackage(): Entry[] {
  const files = new Map([
    ['nestjs-auth0-connect', join(source, 'index.ts')],
    ['nestjs-auth0-connect/typeorm', join(source, 'typeorm.ts')],
    ...readdirSync(join(source, 'integrations'))
      .toSorted()
      .map((name): [string, string] => [
        `nestjs-auth0-connect/${name}`,
        join(source, 'integrations', name, 'index.ts'),
      ]),
  ]);
  const program = ts.createProgram([...files.values()], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    experimentalDecorators: true,
    skipLibCheck: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  return [...files].map(([specifier, file]) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    const exports = checker
      .getExportsOfModule(module)
      .map((symbol): [string, string] => [symbol.name, sentenceOf(symbol, checker)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { specifier, exports: new Map(exports) };
  });
}

function sentenceOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const text = ts.displayPartsToString(declared.getDocumentationComment(checker)).replaceAll(/\s+/g, ' ');
  return /^(.*?)\.(?=\s|$)/.exec(text)?.[1] ?? text;
}

/** The table of one entry, as it stands in docs/api.md. */
export function tableOf({ exports }: Entry): string {
  const rows = [...exports].map(([name, what]) => `| \`${name}\` | ${what.replaceAll('|', '\\|')} |`);
  return ['| export | what it is |', '| --- | --- |', ...rows].join('\n');
}
