/** What the tenant's README says of other local Auth0s, asked of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LocalAuth0 } from './comparison/local-auth0.js';
import { QUESTIONS } from './comparison/questions.js';
import { auth0Simulator, localTenant, oauth2MockServer } from './comparison/servers.js';

const README = readFileSync(join(import.meta.dirname, '../../libs/auth0-tenant/README.md'), 'utf8');
const VERSIONS = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

describe('the comparison with other local Auth0s', () => {
  const [header = [], ...rows] = comparisonTable();
  const servers: LocalAuth0[] = [];
  beforeAll(async () => {
    servers.push(await localTenant(), await auth0Simulator(inject('certificate')), await oauth2MockServer());
  });
  afterAll(async () => Promise.all(servers.map(async (server) => server.stop())));

  it('is with the versions that are asked here', () => {
    const names = servers.map(({ name }) => [name, VERSIONS.devDependencies[name]].filter(Boolean).join(' '));
    expect(header.slice(1)).toEqual(names);
  });

  it('asks every question that the README asks', () => {
    expect(rows.map(([question]) => question)).toEqual(Object.keys(QUESTIONS));
  });

  it.each(rows)('%s', async (question = '', ...said) => {
    const answers = [];
    for (const server of servers) answers.push((await QUESTIONS[question]!(server)) ? 'yes' : 'no');
    expect(answers).toEqual(said);
  });
});

/** The cells of the table below the heading. */
function comparisonTable(): string[][] {
  const [, section = ''] = README.split('## Other local Auth0s\n');
  const lines = section.split('\n').filter((line) => line.startsWith('|') && !line.startsWith('| -'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
