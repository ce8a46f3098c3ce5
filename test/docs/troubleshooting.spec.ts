import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredOptions } from './declared-options.js';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const document = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');

/** What databases, TypeORM, Node.js and Nest say, or what is theirs. */
const OF_OTHERS = [
  'The connection was not found',
  'Service not found',
  'ERR_REQUIRE_ESM',
  'prepared statement ... does not exist',
  'Incorrect string value',
  'validateCustomDecorators',
  'import type',
];

describe('docs/troubleshooting.md', () => {
  const sources = readSources(join(root, 'libs/auth0-connect/src'));
  const rows = tableRows(document, 'symptom', 'cause', 'remedy');

  it('quotes as symptoms, addresses aside, what the library says, or what is known to be said by others', () => {
    const quoted = rows.flatMap(([symptom]) => codesIn(symptom)).filter((text) => !text.startsWith('/'));
    expect(quoted.length).toBeGreaterThan(35);
    expect(quoted.filter((text) => !OF_OTHERS.includes(text) && !isSaid(text, sources))).toEqual([]);
  });

  it('names options that there are', () => {
    const options = new Set(declaredOptions().keys());
    const groups = new Set([...options].map((option) => option.split('.')[0]));
    const named = rows
      .flatMap((cells) => cells.flatMap((cell) => codesIn(cell)))
      .flatMap((code) => /^(\w+\.\w+(?:\.\w+)?)(?::.*)?$/.exec(code)?.[1] ?? [])
      .filter((path) => groups.has(path.split('.')[0]));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((path) => !options.has(path))).toEqual([]);
  });

  it('knows of no message of others that it does not quote', () => {
    expect(OF_OTHERS.filter((text) => !document.includes(`\`${text}\``))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('finds a message whose parts are filled in', () => {
    const sources = ['throw new Error(`The route "${name}" is taken by ${other}: give it another`)'];
    expect(isSaid('The route ... is taken by', sources)).toBe(true);
    expect(isSaid('... is taken by ...: give it another', sources)).toBe(true);
    expect(isSaid('is taken for', sources)).toBe(false);
    expect(isSaid('give it another ... The route', sources), 'the other way around').toBe(false);
    expect(isSaid('...', sources), 'nothing').toBe(false);
  });
});

/** Whether one source has all parts of a text in their order, whatever stands for `...` between them. */
function isSaid(text: string, sources: readonly string[]): boolean {
  const parts = text
    .split('...')
    .map((part) => part.trim())
    .filter((part) => part.length > 2);
  const pattern = new RegExp(
    parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('[^\\n]*'),
  );
  return parts.length > 0 && sources.some((source) => pattern.test(source));
}

function readSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
