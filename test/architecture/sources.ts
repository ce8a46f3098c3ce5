import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '../..');
export const LIBRARY = 'libs/auth0-connect/src';
export const TENANT = 'libs/auth0-tenant/src';

/** Parsed files by their path from the root of the workspace. */
export type Sources = ReadonlyMap<string, ts.SourceFile>;

export interface Import {
  /** `path:line` of the statement. */
  readonly at: string;
  readonly from: string;
  /** As it is written. */
  readonly name: string;
  /** The imported file, for a relative import. */
  readonly file?: string;
}

export function readSources(folder: string): Sources {
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

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

export function without(sources: Sources, pattern: RegExp): Sources {
  return new Map([...sources].filter(([path]) => !pattern.test(path)));
}

/** Each `import`, `export ... from`, `import()`, type `import()` and `require()`. */
export function importsIn(sources: Sources): Import[] {
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
export function fileNamed(sources: Sources, path: string): string {
  const file = path.replaceAll(sep, '/');
  const source = file.replace(/\.js$/, '.ts');
  return sources.has(source) ? source : file;
}

export function place(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
}
