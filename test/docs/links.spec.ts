import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'libs')).map((name) => `libs/${name}/README.md`),
].filter((path) => path.endsWith('.md'));

describe('the documents', () => {
  it('link to what is there: files, and headings in them', () => {
    const links = documents.flatMap((path) => linksIn(path));
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter(({ problem }) => problem).map(({ from, target }) => `${from}: ${target}`)).toEqual([]);
  });

  it.each([
    ['docs/README.md', ''],
    ['README.md', 'docs/'],
  ])('are all in the list of %s', (list, folder) => {
    const text = readFileSync(join(root, list), 'utf8');
    const names = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !text.includes(`](${folder}${name})`))).toEqual([]);
  });
});

interface Link {
  readonly from: string;
  readonly target: string;
  readonly problem: boolean;
}

function linksIn(path: string): Link[] {
  const prose = readFileSync(join(root, path), 'utf8').replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '');
  return [...prose.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map(([, target = '']) => ({
    from: path,
    target,
    problem: !isThere(path, target),
  }));
}

function isThere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : relative(root, join(root, dirname(from), file));
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || !path.endsWith('.md') || anchorsIn(path).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsIn(path: string): string[] {
  return sectionsOf(readFileSync(join(root, path), 'utf8')).map(({ heading }) =>
    heading
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .toLowerCase()
      .replaceAll(' ', '-'),
  );
}
