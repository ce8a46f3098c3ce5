import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { codesIn, tableRows } from './tables.js';

interface Manifest {
  scripts: Record<string, string>;
  engines: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}
interface Job {
  strategy?: { matrix: Record<string, string[]> };
  steps: { run?: string }[];
}

const root = resolve(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = (folder: string): Manifest => JSON.parse(text(join(folder, 'package.json'))) as Manifest;

const versions = (folder: string): (string | undefined)[] => {
  const { dependencies } = manifest(folder);
  return [dependencies['@nestjs/core'], dependencies.typeorm];
};

const document = text('docs/compatibility.md');
const workspace = manifest('.');
const library = manifest('libs/auth0-connect');
const stacks = readdirSync(join(root, 'test/stacks')).filter((name) =>
  existsSync(join(root, 'test/stacks', name, 'package.json')),
);

describe('docs/compatibility.md', () => {
  it('has the range of every peer that is not optional, with the versions at both ends that are tried', () => {
    const { jobs } = parse(text('.github/workflows/stacks.yml')) as { jobs: Record<string, Job> };
    const nodes = jobs.suites?.strategy?.matrix.node ?? [];
    const newest = { ...workspace.devDependencies, ...workspace.dependencies };
    const oldest = manifest('test/stacks/oldest').dependencies;
    const peers = Object.entries(library.peerDependencies)
      .filter(([name]) => library.peerDependenciesMeta[name]?.optional !== true)
      .map(([name, range]) => [name, range, oldest[name], newest[name]]);

    const rows = tableRows(document, 'package', 'range').map(([name, range = '', ...tried]) => [
      codesIn(name)[0],
      codesIn(range.replaceAll('\\|', '|'))[0],
      ...tried,
    ]);
    const node = ['node', library.engines.node, nodes[0]?.replace(/\.0$/, ''), nodes.at(-1)];
    expect(rows).toEqual([node, ...peers]);
  });

  it('has the versions of every stack', () => {
    const rows = tableRows(document, 'stack', 'Nest', 'TypeORM').map(([name, nest, typeorm]) => [name, nest, typeorm]);
    expect(rows).toHaveLength(stacks.length + 1);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['this workspace', ...versions('.')],
        ...stacks.map((name) => [`\`${name}\``, ...versions(join('test/stacks', name))]),
      ]),
    );
  });

  it('says of the README what the manifest says', () => {
    expect(text('README.md')).toContain('Nest 11.1 and 12, TypeORM 0.3.23 and 1');
  });
});

describe('.github/workflows', () => {
  const { jobs } = parse(text('.github/workflows/stacks.yml')) as { jobs: Record<string, Job> };

  it('runs every stack there is, on the adapters and databases that the suites know', () => {
    const { stack = [], adapter, database } = jobs.suites?.strategy?.matrix ?? {};
    expect(stack.toSorted()).toEqual(['nest-12-typeorm-1', ...stacks].toSorted());
    expect(adapter).toEqual(['Express', 'Fastify']);
    expect(database).toEqual(['SQLite', 'PostgreSQL', 'MariaDB', 'MySQL']);
  });

  it.each(readdirSync(join(root, '.github/workflows')))('%s calls what is there', (name) => {
    const commands = Object.values((parse(text(join('.github/workflows', name))) as { jobs: Record<string, Job> }).jobs)
      .flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.split('\n')))
      .map((line) => line.trim());
    const scripts = commands.flatMap((line) => /^npm run ([\w:-]+)/.exec(line)?.[1] ?? []);
    const files = commands.flatMap(
      (line) => /^(?:\S*\/run)\b|--config (\S+)/.exec(line)?.slice(0, 2).filter(Boolean).at(-1) ?? [],
    );
    expect(scripts.filter((script) => !(script in workspace.scripts))).toEqual([]);
    expect(files.filter((file) => !file.includes('${{') && !existsSync(join(root, file)))).toEqual([]);
    expect(scripts.length + files.length).toBeGreaterThan(0);
  });
});
