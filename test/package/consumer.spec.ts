/**
 * The package as somebody gets it: packed, installed in an empty Nest project, with the example of README.md.
 *
 * The example is every block of README.md marked ```ts title="src/...". What the blocks import and README.md does not
 * show, among it src/main.ts, is taken from the fixture. The application is told by the environment: PORT,
 * APP_BASE_URL, AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, AUTH0_SECRET and, for the calendar, GOOGLE_API.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { codeBlocks } from '../docs/code-blocks.js';
import { Person } from '../support/person.js';
import { freePort } from '../support/test-app.js';

const root = resolve(import.meta.dirname, '../..');
const library = join(root, 'libs/auth0-connect');
const fixture = join(import.meta.dirname, 'fixture');

/** What the project installs besides the package: its peers and an HTTP adapter, as this workspace has them. */
const PEERS = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/passport',
  '@nestjs/platform-express',
  '@nestjs/typeorm',
  'passport',
  'reflect-metadata',
  'rxjs',
  'typeorm',
];
/** Taken from this workspace: a native module is not built again, and a compiler is no part of what is tried here. */
const LINKED = ['better-sqlite3', '@types/node'];

interface Packed {
  filename: string;
  files: { path: string }[];
}

/** What is compiled: the specs beside it are not. */
async function sourceFiles(): Promise<string[]> {
  const names = await readdir(join(library, 'src'), { recursive: true });
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
}

let folder: string;
let tarball: string;
let packed: Packed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consumer-'));
  if (!existsSync(join(library, 'dist/index.js'))) await run('npm', ['run', 'build'], root);
  const output = await run('npm', ['pack', '--json', '--pack-destination', folder], library);
  packed = (JSON.parse(output.slice(output.indexOf('[\n'))) as Packed[])[0]!;
  tarball = join(folder, packed.filename);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds the bundle, the types of every source, a README, a licence, and nothing else', async () => {
    const types = (await sourceFiles()).map((name) => `dist/${name.slice(0, -'.ts'.length)}.d.ts`);
    const entries = ['index', 'cli', 'typeorm', ...(await readdir(join(library, 'src/integrations')))];
    const bundle = [...entries, 'shared', 'tables'].map((name) => `dist/${name}.js`);

    expect(
      packed.files.map(({ path }) => path).toSorted(),
      'a file of a source that has gone: run "npm run clean" and "npm run build"',
    ).toEqual(['LICENSE', 'README.md', 'package.json', ...types, ...bundle].toSorted());
  });

  it('is built from the sources as they are now', async () => {
    const changes = (await sourceFiles()).map(async (name) => (await stat(join(library, 'src', name))).mtimeMs);
    const { mtimeMs } = await stat(join(library, 'dist/index.js'));
    expect(mtimeMs, 'run "npm run build"').toBeGreaterThan(Math.max(...(await Promise.all(changes))));
  });

  it('has a manifest that publint finds nothing wrong with', async () => {
    const file = await readFile(tarball);
    const { messages, pkg } = await publint({
      strict: true,
      pack: { tarball: file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) },
    });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that fit its code, however an ES module is resolved', async () => {
    const attw = bin('@arethetypeswrong/cli/dist/index.js');
    const report = run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-color']);
    const problems = await report.then(
      () => '',
      (error: Error & { stdout: string }) => error.stdout || error.message,
    );
    expect(problems).toBe('');
  }, 60_000);
});

describe('an empty project that installs it', () => {
  let project: string;

  beforeAll(async () => {
    project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    const { dependencies } = await readJson<{ dependencies: Record<string, string> }>(join(root, 'package.json'));
    await run(
      'npm',
      [
        'install',
        '--prefer-offline',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        tarball,
        ...PEERS.map((name) => `${name}@${dependencies[name]}`),
      ],
      project,
    );
    for (const name of LINKED) {
      await mkdir(dirname(join(project, 'node_modules', name)), { recursive: true });
      await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
  }, 180_000);

  it('has the package itself and not this workspace', async () => {
    const installed = join(project, 'node_modules/nestjs-auth0-connect');
    expect(await readdir(join(installed, 'dist'))).toContain('index.js');
    expect(existsSync(join(installed, 'src'))).toBe(false);
    const { peerDependencies, peerDependenciesMeta = {} } = await readJson<{
      peerDependencies: Record<string, string>;
      peerDependenciesMeta?: Record<string, { optional: boolean }>;
    }>(join(installed, 'package.json'));
    const needed = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    expect(PEERS, 'every peer is installed that has to be').toEqual(expect.arrayContaining(needed));
  });

  describe.each([
    ['ES modules', 'module', 'import { Auth0ConnectModule'],
    ['CommonJS', 'commonjs', 'require("nestjs-auth0-connect")'],
  ])('as %s', (_, type, loads) => {
    let application: string;
    let tenant: LocalTenant;

    beforeAll(async () => {
      application = join(project, type);
      await cp(fixture, application, { recursive: true });
      await writeFile(join(application, 'package.json'), JSON.stringify({ type }));
      for (const [path, code] of Object.entries(await readmeExample())) await writeFile(join(application, path), code);
      tenant = await startLocalTenant();
    });
    afterAll(() => tenant?.stop());

    it('compiles the example, declarations of the package included', async () => {
      const output = await run(process.execPath, [bin('typescript/bin/tsc'), '-p', type, '--pretty', 'false'], project)
        // Not every package has declarations that hold by themselves: what is said of others is theirs.
        .catch((error: { stdout: string }) => error.stdout);
      const ours = output
        .split('\n')
        .filter((line) => /error TS/.test(line) && !/^node_modules\/(?!nestjs-auth0-connect\/)/.test(line));

      expect(ours).toEqual([]);
      expect(await readFile(join(application, 'dist/app.module.js'), 'utf8')).toContain(loads);
    }, 120_000);

    it('starts it, logs in, connects an account and uses its token', async () => {
      const port = await freePort();
      const url = `http://localhost:${port}`;
      const client = { clientId: `consumer-${type}`, clientSecret: 'the secret of the client' };
      tenant.addClient({ ...client, redirectUris: [`${url}/auth/callback`], logoutUrls: [url] });
      const server = await start(join(application, 'dist/main.js'), url, {
        PORT: String(port),
        APP_BASE_URL: url,
        AUTH0_DOMAIN: tenant.domain,
        AUTH0_CLIENT_ID: client.clientId,
        AUTH0_CLIENT_SECRET: client.clientSecret,
        AUTH0_SECRET: 'a secret of the test that is long enough for this',
        GOOGLE_API: `${tenant.domain}/upstream/google`,
      });
      try {
        const alice = new Person();
        const login = await alice.open(`${url}/auth/login?returnTo=/calendar/sources`);
        const sources = await alice.submit(login, { user: 'auth0|alice', action: 'login' });
        expect(sources.url).toBe(`${url}/calendar/sources`);
        expect(sources.json()).toMatchObject({ accounts: [] });

        const refused = await alice.request(`${url}/calendar`);
        expect(refused.json()).toMatchObject({ statusCode: 403, errorCode: 'connection_required' });
        const consent = await alice.open(refused.json<{ connectUrl: string }>().connectUrl);
        const calendar = await alice.submit(consent, { action: 'approve' });

        expect(calendar.url).toBe(`${url}/calendar`);
        expect(calendar.status).toBe(200);
        expect(tenant.control.count('exchange')).toBeGreaterThan(0);
        expect((await alice.request(`${url}/calendar/sources`)).json()).toMatchObject({
          accounts: [{ connection: 'google-oauth2' }],
        });
      } finally {
        await stop(server);
      }
    }, 60_000);
  });
});

/** The files that README.md shows. */
async function readmeExample(): Promise<Record<string, string>> {
  const readme = join(root, 'README.md');
  if (!existsSync(readme)) return {};
  const blocks = codeBlocks(await readFile(readme, 'utf8')).filter(({ title }) => title?.startsWith('src/'));
  const files = Object.fromEntries(blocks.map(({ title, code }) => [title, code]));
  if (!('src/app.module.ts' in files)) throw new Error('README.md has no block marked ```ts title="src/app.module.ts"');
  return files;
}

function bin(path: string): string {
  return join(root, 'node_modules', path);
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}

/** What it prints. The error of one that fails holds its output as `stdout` and `stderr`. */
async function run(command: string, args: string[], cwd = root): Promise<string> {
  // Settings of the npm that runs these tests are not for the npm of another project.
  const own = /^npm_(?!config_(registry|cache|userconfig|offline|prefer_offline)$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const { stdout } = await promisify(execFile)(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Starts the program and waits until it answers. */
async function start(program: string, url: string, env: Record<string, string>): Promise<ChildProcess> {
  const server = spawn(process.execPath, [program], {
    cwd: dirname(dirname(program)),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('close', (code) => reject(new Error(`the example ended with ${code}:\n${output}`)));
  });
  await Promise.race([ended, vi.waitFor(() => fetch(url), { timeout: 30_000, interval: 50 })]);
  return server;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}
