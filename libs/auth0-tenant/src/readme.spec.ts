import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HELP } from './cli/arguments.js';
import { REQUEST_KINDS } from './state/recorded-request.js';
import { TenantControl } from './control/tenant-control.js';
import { DEFAULT_CLIENTS, DEFAULT_PORT } from './defaults.js';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

describe('the README', () => {
  it('has every call of the control in its table', () => {
    const calls = Object.getOwnPropertyNames(TenantControl.prototype).filter((name) => name !== 'constructor');
    const table = section('## Script it', '### From another process');
    // The last of these are told as "...".
    const missing = calls.filter((name) => !table.includes(`\`${name}`) && !name.startsWith('remove'));
    expect(missing).toEqual([]);
  });

  it('has every kind of request', () => {
    const text = section('## Script it', '### From another process');
    expect(REQUEST_KINDS.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([]);
  });

  it('names the clients there are without configuration, and the port', () => {
    const table = section('## Start it alone', '### A configuration file');
    expect(DEFAULT_CLIENTS.filter(({ clientId }) => !table.includes(clientId))).toEqual([]);
    expect(table).toContain(`http://localhost:${DEFAULT_PORT}`);
  });

  it('uses no option of the command line that does not exist', () => {
    const used = new Set(README.match(/(?<=[\s`])--[a-z][a-z-]*/g));
    expect([...used].filter((option) => !HELP.includes(`  ${option} `) && option !== '--help')).toEqual([]);
    expect(used.size).toBeGreaterThan(8);
  });

  it('has a page of Auth0 for everything that is imitated, and for everything that is not', () => {
    const tables = section('## What it imitates', '## Other local Auth0s');
    const rows = tables.split('\n').filter((line) => /^\| (?!-|here|not here)/.test(line));
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !/\]\(https:\/\/auth0\.com\/docs\/[^)]+\)/.test(row))).toEqual([]);
  });
});

/** The text from one heading to another. */
function section(from: string, to: string): string {
  const [, rest = ''] = README.split(`${from}\n`);
  const [text = ''] = rest.split(`${to}\n`);
  return text;
}
