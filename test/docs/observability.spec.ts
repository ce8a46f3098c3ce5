import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const library = join(root, 'libs/auth0-connect/src');
const document = readFileSync(join(root, 'docs/observability.md'), 'utf8');
const hooks = readFileSync(join(root, 'docs/hooks.md'), 'utf8');

const sources = readdirSync(library, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => readFileSync(join(library, file), 'utf8'))
  .join('\n');

/** What the groups of a pattern have found in the sources. */
function found(pattern: RegExp): Set<string> {
  return new Set([...sources.matchAll(pattern)].map(([, ...groups]) => groups.join(' ')));
}

/** The first code in each of some cells of each row, of all tables under this heading. */
function told(markdown: string, heading: string, cells = 1): Set<string> {
  const rows = tableRows(markdown, heading).map((row) => row.slice(0, cells).map((cell) => codesIn(cell)[0] ?? ''));
  return new Set(rows.map((row) => row.join(' ').trim()));
}

describe('docs/observability.md', () => {
  it('lists every channel with its hook, and no other', () => {
    const withHooks = found(/new Happening<\w+>\(\s*'(\w+)',\s*'([\w.]+)',?\s*\)/g);
    expect(withHooks.size).toBe(5);
    const others = [
      ...found(/new Traced<\w+>\('([\w.]+)'\)/g),
      ...found(/= channel\(`\$\{CHANNEL_PREFIX\}:([\w.]+)`\)/g),
    ];
    expect(others).toHaveLength(3);
    const reversed = [...withHooks].map((one) => one.split(' ').toReversed().join(' '));
    expect(told(document, 'channel `nestjs-auth0-connect:`', 2)).toEqual(new Set([...reversed, ...others]));
  });

  it('lists every span and metric with its unit, and no other', () => {
    const spans = found(/span: '([\w.]+)'/g);
    expect(spans.size).toBe(2);
    expect(told(document, 'span')).toEqual(spans);
    const metrics = found(/create(?:Histogram|Counter)\(\s*'([\w.]+)'/g);
    expect(metrics.size).toBe(3);
    expect(told(document, 'metric')).toEqual(metrics);
  });

  it('is right that every line of the log is under one name', () => {
    expect(found(/new Logger\(([^)]*)\)/g)).toEqual(new Set(["'Auth0Connect'"]));
    expect(document).toContain('under `Auth0Connect`');
  });

  it('names every code that the operator is warned of', () => {
    const [, table = ''] = /const LOOK_AT:[^{]+\{([^}]+)\}/.exec(sources) ?? [];
    const codes = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, code = '']) => code);
    expect(codes).toHaveLength(6);
    expect(codes.filter((code) => !document.includes(`\`${code}\``))).toEqual([]);
  });
});

describe('docs/hooks.md', () => {
  it('lists every hook and every reason why a session ends', () => {
    const interfaces = found(/^export interface (BeforeSessionBegins|After\w+|On[A-Z]\w+) \{/gm);
    expect(interfaces.size).toBe(6);
    expect(told(hooks, 'interface')).toEqual(interfaces);
    const [, union = ''] = /type SessionEndReason =([^;]+);/.exec(sources) ?? [];
    const reasons = [...union.matchAll(/'(\w+)'/g)].map(([, reason = '']) => reason);
    expect(reasons).toHaveLength(7);
    expect(told(hooks, 'reason')).toEqual(new Set(reasons));
  });
});
