import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { codeBlocks } from './code-blocks.js';

const root = resolve(import.meta.dirname, '../..');

const COMPILER: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
};

/** A document's titled blocks of TypeScript, by their titles. */
export function titledBlocks(document: string): Map<string, string> {
  const blocks = codeBlocks(readFileSync(join(root, document), 'utf8'));
  return new Map(blocks.flatMap(({ title, code }) => (title === undefined ? [] : [[title, code]])));
}

/** Writes such blocks down as they are, in a folder that is emptied before. */
export function writeShown(folder: string, titles: readonly string[], blocks: ReadonlyMap<string, string>): void {
  writeAll(folder, titles, (title) => [title, shown(blocks, title)]);
}

/** The same, as `tsc` makes JavaScript of them. @param change what differs from what is shown */
export function writeCompiled(
  folder: string,
  titles: readonly string[],
  blocks: ReadonlyMap<string, string>,
  change: (code: string) => string,
): void {
  writeAll(folder, titles, (title) => [
    title.replace(/\.ts$/, '.js'),
    ts.transpileModule(change(shown(blocks, title)), { compilerOptions: COMPILER }).outputText,
  ]);
}

function shown(blocks: ReadonlyMap<string, string>, title: string): string {
  const code = blocks.get(title);
  if (code === undefined) throw new Error(`the document shows no ${title}`);
  return code;
}

function writeAll(folder: string, titles: readonly string[], fileFor: (title: string) => [string, string]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const title of titles) {
    const [name, text] = fileFor(title);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
}
