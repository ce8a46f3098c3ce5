/** What TypeScript says of both packages by each way it has of finding modules, declarations included. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { Application, installed, nests, run, type ModuleType } from './support/application.js';

const ATTW = resolve(import.meta.dirname, '../../../node_modules/@arethetypeswrong/cli/dist/index.js');

/** Every entry of a package, as it is imported. */
function entriesOf(nest: (typeof nests)[number], name: string): string[] {
  const path = join(installed(nest), 'node_modules', name, 'package.json');
  const { exports } = JSON.parse(readFileSync(path, 'utf8')) as { exports: Record<string, unknown> };
  return Object.keys(exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => name + subpath.slice(1));
}

/** Compiles a module that imports all of these. @returns what is wrong in it and in the declarations of both packages */
async function problemsOf(
  nest: (typeof nests)[number],
  type: ModuleType,
  module: string,
  moduleResolution: string,
  entries: string[],
): Promise<string[]> {
  const application = new Application(nest, `types-${moduleResolution}`, type);
  application.change('tsconfig.json', '"module": "nodenext"', `"module": "${module}"`);
  application.change('tsconfig.json', '"moduleResolution": "nodenext"', `"moduleResolution": "${moduleResolution}"`);
  application.change('tsconfig.json', '"skipLibCheck": true', '"skipLibCheck": false');
  if (moduleResolution === 'node10') {
    application.change('tsconfig.json', '    "resolvePackageJsonExports": true,\n', '');
    // TypeScript 6 takes it with this only.
    if (nest === 'nest-12') application.change('tsconfig.json', '"types"', '"ignoreDeprecations": "6.0",\n    "types"');
  }
  application.change('tsconfig.json', '"include": ["src"]', '"files": ["src/entries.ts"]');
  const lines = entries.map((entry, index) => `export * as entry${index} from '${entry}';\n`);
  application.write('src/entries.ts', lines.join(''));
  const said = await application.tool('typescript/bin/tsc', '--pretty', 'false').catch((error: Error) => error.message);
  // Not every package has declarations that hold by themselves: what is said of others is theirs.
  return said
    .split('\n')
    .filter((line) => /error TS/.test(line))
    .filter((line) => !/node_modules\/(?!nestjs-auth0-connect\/|auth0-local-tenant\/)/.test(line.split(': error')[0]!));
}

describe.each(nests)('the types of every entry, on %s', (nest) => {
  const entries = [...entriesOf(nest, 'nestjs-auth0-connect'), ...entriesOf(nest, 'auth0-local-tenant')];

  it.each<[ModuleType, string, string]>([
    ['commonjs', 'commonjs', 'node10'],
    ['module', 'node16', 'node16'],
    ['commonjs', 'nodenext', 'nodenext'],
    ['module', 'nodenext', 'nodenext'],
  ])(
    'hold in a project of type %s with "module": "%s" and "moduleResolution": "%s"',
    async (type, module, resolution) => {
      expect(entries.length).toBeGreaterThan(10);
      expect(await problemsOf(nest, type, module, resolution, entries)).toEqual([]);
    },
  );

  it('hold for the tenant in CommonJS under "node16", where TypeScript lets nobody require an ES module', async () => {
    const problems = await problemsOf(nest, 'commonjs', 'node16', 'node16', [...entries, 'jose']);
    expect(problems.filter((line) => !line.includes('TS1479'))).toEqual([]);
    // This library's entries and any other ES module; not the tenant's.
    expect(problems).toHaveLength(entries.length - 1 + 1);
  });
});

it('attw finds nothing wrong with the tenant, required or imported', async () => {
  const report = await run(process.execPath, [ATTW, inject('packed').tenant, '--no-color'], import.meta.dirname);
  expect(report).toContain('No problems found');
});
