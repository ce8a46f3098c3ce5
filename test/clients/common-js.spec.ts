import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const TENANT = resolve(import.meta.dirname, '../../libs/auth0-tenant');
const JEST = join(import.meta.dirname, 'node_modules/jest/bin/jest.js');

/** The package as it is published, in a project of CommonJS. */
describe('CommonJS', () => {
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'common-js-'));
    await run('npm', ['run', 'build'], { cwd: resolve(import.meta.dirname, '../..') });
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: TENANT });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
    const folder = join(project, 'node_modules/auth0-local-tenant');
    await mkdir(folder, { recursive: true });
    await run('tar', ['-xzf', join(project, filename), '-C', folder, '--strip-components=1']);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'common-js', private: true }));
    await cp(join(import.meta.dirname, 'fixture/jest'), project, { recursive: true });
  }, 120_000);
  afterAll(async () => rm(project, { recursive: true }));

  it('requires the package, with nothing else installed, and hears no warning', async () => {
    const script =
      "require('auth0-local-tenant').startLocalTenant().then(async (tenant) => {" +
      " const answer = await fetch(tenant.issuer + '.well-known/openid-configuration');" +
      ' console.log((await answer.json()).issuer === tenant.issuer);' +
      ' await tenant.stop(); })';
    const { stdout, stderr } = await run(process.execPath, ['-e', script], { cwd: project });
    expect([stdout, stderr]).toEqual(['true\n', '']);
  });

  it('runs in Jest as it comes', async () => {
    const { stderr } = await run(process.execPath, [JEST, '--rootDir', project], { cwd: project });
    expect(stderr).toContain('1 passed, 1 total');
  });
});
