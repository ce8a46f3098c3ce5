/** `npm install` in an empty project: what it says of this library, of the tenant, and of what they bring. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { run } from './support/application.js';

/** What an application needs, and nothing that is optional. */
const NEEDED = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/passport',
  '@nestjs/platform-express',
  '@nestjs/typeorm',
  'passport',
  'pg',
  'reflect-metadata',
  'rxjs',
  'typeorm',
];

/** Of others: file-type of Nest 12 asks for Node.js 22 and runs on 20; TypeORM 0.3 has a glob that npm calls deprecated. */
const EXPECTED = /\b(file-type|glob)@/;

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'installed-'));
});
afterEach(() => rmSync(project, { recursive: true }));

/** An empty project after `npm install`. @returns what was said, each warning by the line that names its package */
async function warningsOf(...packages: string[]): Promise<string[]> {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  const said = await run('npm', ['install', '--prefer-offline', '--no-fund', '--no-audit', ...packages], project);
  const lines = said.split('\n').filter((line) => line.startsWith('npm warn'));
  return lines.filter((line) => !/EBADENGINE( {3}(required|current)| }| Unsupported)/.test(line));
}

describe.each(['nest-11', 'nest-12'])('npm install of both packages in a project on %s', (nest) => {
  it('warns of nothing that is ours', async () => {
    const manifest = readFileSync(join(import.meta.dirname, nest, 'package.json'), 'utf8');
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
    const { library, tenant } = inject('packed');
    const warnings = await warningsOf(library, tenant, ...NEEDED.map((name) => `${name}@${dependencies[name]}`));
    expect(warnings.filter((line) => !EXPECTED.test(line))).toEqual([]);
  });
});
