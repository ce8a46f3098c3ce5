import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { CATALOGUE } from '../../libs/auth0-connect/src/doctor/findings.js';
import { HELP } from '../../libs/auth0-connect/src/cli/arguments.js';
import { codesIn, tableRows } from './tables.js';

const document = readFileSync(resolve(import.meta.dirname, '../../docs/doctor.md'), 'utf8');

it('docs/doctor.md lists every finding with what it looks at and what to do', () => {
  const rows = tableRows(document, 'finding', 'seen by').map(([code, , looksAt, remedy]) => [
    codesIn(code)[0],
    looksAt,
    remedy,
  ]);
  expect(rows).toEqual(Object.entries(CATALOGUE).map(([code, { looksAt, remedy }]) => [code, looksAt, remedy]));
});

it('docs/doctor.md lists every argument', () => {
  const listed = tableRows(document, 'argument').map(([argument]) => codesIn(argument)[0]?.split(' ')[0]);
  const known = [...HELP.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name]) => name);
  expect([...listed, '--help']).toEqual(known);
});
