import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from './values.js';

const CLI = join(import.meta.dirname, '../dist/cli.js');
const SECRET = '0123456789abcdef';

describe('the command line', () => {
  let folder: string;
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tenant-'));
  });
  afterEach(async () => Promise.all(running.splice(0).map(stop)));
  afterAll(async () => rm(folder, { recursive: true }));

  /** Starts a tenant; gives what its one line says. */
  async function ready(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Record<string, unknown>> {
    const child = start(['--port', '0', '--json', ...args], environment);
    running.push(child);
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout!.once('data', (data: Buffer) => resolve(data.toString()));
      child.stderr!.once('data', (data: Buffer) => reject(new Error(data.toString())));
    });
    const said: unknown = JSON.parse(line);
    if (line.trim().includes('\n') || !isRecord(said)) throw new Error(`not one line of JSON: ${line}`);
    return said;
  }

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it('says in one line of JSON where the tenant is, and who may use it', async () => {
    const said = await ready(['--callback', 'http://localhost:1234/callback', '--client-id', 'mine']);
    expect(said).toMatchObject({ domain: `http://localhost:${String(said.port)}`, pid: running[0]?.pid });
    expect(said.issuer).toBe(`${String(said.domain)}/`);
    expect(said.clients).toMatchObject([
      { clientId: 'mine', clientSecret: 'local-client-secret' },
      { clientId: 'local-spa' },
      { clientId: 'local-api' },
      { clientId: 'local-worker' },
    ]);
    expect(said).not.toHaveProperty('controlApi');
    expect((await fetch(`${String(said.domain)}/.well-known/openid-configuration`)).status).toBe(200);
  });

  it('opens the control API with a new secret, or with the one of the environment, which it keeps to itself', async () => {
    const made = (await ready(['--control'])).controlApi as { url: string; secret: string };
    expect(await reset(made.url, made.secret)).toBe(200);
    const given = (await ready(['--control'], { AUTH0_LOCAL_TENANT_CONTROL_SECRET: SECRET })).controlApi;
    expect(given).not.toHaveProperty('secret');
    expect(await reset((given as { url: string }).url, SECRET)).toBe(200);
  });

  it.each([
    ['a JSON file', 'tenant.json', (options: string) => options],
    ['a module', 'tenant.mjs', (options: string) => `export default ${options};`],
  ])('reads %s', async (_, name, write) => {
    const options = { hostname: '127.0.0.1', clients: [{ clientId: 'filed', redirectUris: ['http://a.example/'] }] };
    const path = await file(name, write(JSON.stringify(options)));
    const said = await ready(['--config', path]);
    expect(said).toMatchObject({ domain: `http://127.0.0.1:${String(said.port)}`, clients: [{ clientId: 'filed' }] });
  });

  it('serves HTTPS with a certificate that stays', async () => {
    const args = ['--https', '--certificates', join(folder, 'certificates')];
    const said = await ready(args);
    expect(said.domain).toBe(`https://localhost:${String(said.port)}`);
    const ca = readFileSync(String(said.authorityFile));
    const status = await new Promise((resolve, reject) => {
      get(`${String(said.domain)}/.well-known/openid-configuration`, { ca }, (response) => {
        resolve(response.resume().statusCode);
      }).on('error', reject);
    });
    expect(status).toBe(200);
    await ready(args);
    expect(readFileSync(String(said.authorityFile))).toEqual(ca);
  });

  it('names every mistake at once', async () => {
    const path = await file('wrong.json', JSON.stringify({ users: [{ name: 1 }], colour: 'red' }));
    const said = await refusal(['--config', path, '--port', 'x', '--hostname', 'a/b']);
    for (const name of ['port', 'hostname', 'users[0].userId', 'users[0].name', 'colour']) expect(said).toContain(name);
    expect(await refusal(['--config', join(folder, 'none.json')])).toContain('--config');
    const clients = await file('clients.json', JSON.stringify({ clients: [] }));
    expect(await refusal(['--config', clients, '--callback', 'http://a.example'])).toContain('--callback');
    expect(await refusal(['--colour'])).toContain("Unknown option '--colour'");
  });

  it('says what to do when the port is taken', async () => {
    const { port } = await ready([]);
    expect(await refusal(['--port', String(port)])).toContain('--port takes another port');
  });

  it('warns when others than this machine can reach it', async () => {
    const child = start(['--port', '0', '--listen', '0.0.0.0', '--hostname', 'auth0']);
    running.push(child);
    const [said] = (await once(child.stderr!, 'data')) as [Buffer];
    expect(said.toString()).toContain('listens on 0.0.0.0: whoever reaches it can log in as anybody');
  });
});

/** What it says when it does not start. */
async function refusal(args: string[]): Promise<string> {
  const child = start(args);
  const [said, [code]] = await Promise.all([textOf(child.stderr!), once(child, 'exit')]);
  expect(code).toBe(1);
  return said;
}

function start(args: string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...environment } });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || !child.kill()) return;
  await once(child, 'exit');
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function reset(url: string, secret: string): Promise<number> {
  const headers = { authorization: `Bearer ${secret}` };
  return (await fetch(`${url}/reset`, { method: 'POST', headers })).status;
}
