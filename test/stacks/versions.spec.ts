import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as common from '@nestjs/common';
import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';

const folder = process.env.STACK ?? '';
const here = createRequire(join(folder, 'package.json'));
const ofNestTypeorm = createRequire(here.resolve('@nestjs/typeorm'));
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

it.each([
  ['@nestjs/common', 'Injectable', common.Injectable],
  ['typeorm', 'DataSource', DataSource],
])('one %s runs, of the version that this stack is of', (name, symbol, imported) => {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  expect((JSON.parse(manifest) as { version: string }).version).toBe(dependencies[name]);
  expect(here(name)).toHaveProperty(symbol, imported);
  expect(ofNestTypeorm(name)).toHaveProperty(symbol, imported);
});
