import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

/** The titles of all tests below some folders, as they are written down, by the name of the file that has them. */
export function testTitlesIn(folders: readonly string[]): Map<string, Set<string>> {
  const titles = new Map<string, Set<string>>();
  for (const folder of folders) {
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(spec|contract|suite)\.ts$/.test(path) || path.includes('node_modules')) continue;
      const name = basename(path);
      const known = titles.get(name) ?? new Set();
      for (const title of titlesOf(readFileSync(join(folder, path), 'utf8'))) known.add(title);
      titles.set(name, known);
    }
  }
  return titles;
}

/** First arguments of `it(...)`, `it.each(...)(...)`, `it.skipIf(...)(...)`. */
export function titlesOf(source: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [title] = node.arguments;
      if (title && ts.isStringLiteralLike(title) && isTest(node.expression)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.ts', source, ts.ScriptTarget.Latest));
  return titles;
}

function isTest(callee: ts.Expression): boolean {
  let inner: ts.Expression = callee;
  while (ts.isCallExpression(inner) || ts.isPropertyAccessExpression(inner)) inner = inner.expression;
  return ts.isIdentifier(inner) && inner.text === 'it';
}
