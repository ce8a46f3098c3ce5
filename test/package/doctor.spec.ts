/** The doctor on the command line, as the package has it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startLocalTenant, type LocalTenant, type TenantClient } from 'auth0-local-tenant';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { Person } from '../support/person.js';

interface Report {
  ok: boolean;
  findings: { code: string; state: string; seen?: string }[];
  unseen: string[];
}

const root = resolve(import.meta.dirname, '../..');
const CLI = join(root, 'libs/auth0-connect/dist/cli.js');
const CLIENT = { clientId: 'doctor', clientSecret: 'the secret of a client' };

const reportOf = ({ out }: { out: string }): Report => JSON.parse(out) as Report;
const wrongIn = ({ findings }: Report): string[] =>
  findings.filter(({ state }) => state === 'wrong').map(({ code }) => code);

const dataSource = (migrations: string): string => `
  import { DataSource } from 'typeorm';
  import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
  export default new DataSource({ type: 'better-sqlite3', database: ':memory:', entities: AUTH0_CONNECT_ENTITIES, ${migrations} });`;

describe('nestjs-auth0-connect doctor', () => {
  let tenant: LocalTenant;
  let environment: Record<string, string>;
  let url: string;
  beforeEach(async () => {
    url = `http://localhost:${await freePort()}`;
    tenant = await startLocalTenant();
    environment = {
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: CLIENT.clientId,
      AUTH0_CLIENT_SECRET: CLIENT.clientSecret,
      APP_BASE_URL: url,
    };
    register({});
  });
  afterEach(() => tenant.stop());

  const register = (settings: Partial<TenantClient>): void =>
    tenant.addClient({ ...CLIENT, redirectUris: [`${url}/auth/callback`], logoutUrls: [url], ...settings });
  const doctor = async (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((done) => {
      execFile(process.execPath, [CLI, 'doctor', ...args], { env: environment }, (error, out, err) =>
        done({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  /** Logs in at the address that it says. */
  async function doctorWithLogin(
    action: 'login' | 'cancel' = 'login',
    meanwhile = (): void => undefined,
  ): Promise<{ code: number; report: Report }> {
    const program = spawn(process.execPath, [CLI, 'doctor', '--login', '--json'], { env: environment });
    const out: string[] = [];
    program.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
    const [line] = (await once(program.stderr, 'data')) as [Buffer];
    const address = /Log in at (\S+)/.exec(line.toString())?.[1] ?? '';
    const person = new Person();
    meanwhile();
    const page = await person.submit(await person.open(address), { user: 'auth0|alice', action });
    expect(page.text).toContain('Go back to the doctor');
    const [code] = (await once(program, 'close')) as [number];
    return { code, report: JSON.parse(out.join('')) as Report };
  }

  it('ends with 0 where nothing is wrong, and says what it cannot see', async () => {
    const { code, out } = await doctor();
    expect([code, out]).toEqual([0, expect.stringContaining('✓ grant_token_vault: doctor')]);
    expect(out).toContain('What cannot be seen from here:');
  });

  it('ends with 1 where something is, with what to do, for a person and for a program', async () => {
    register({ redirectUris: ['http://localhost:1/other'], grantTypes: ['authorization_code', 'refresh_token'] });
    const [text, json] = [await doctor(), await doctor('--json')];
    expect([text.code, json.code]).toEqual([1, 1]);
    expect(text.out).toContain(`✗ callback_url: ${url}/auth/callback`);
    expect(text.out).toContain('Settings > Allowed Callback URLs: add it, to the letter');
    expect(reportOf(json)).toMatchObject({ ok: false });
    expect(wrongIn(reportOf(json))).toEqual(['grant_token_vault', 'callback_url']);
    expect(text.out + text.err + json.out + json.err).not.toContain(CLIENT.clientSecret);
  });

  it.each([
    ['no command', [], undefined, 'The one command there is: doctor'],
    ['an argument that it does not know', ['doctor', '--loud'], undefined, '--loud'],
    ['no configuration', ['doctor'], '', 'clientId'],
    ['no configuration, naming where it comes from', ['doctor'], '', 'AUTH0_CLIENT_ID'],
    [
      'a file that is no data source',
      ['doctor', '--data-source', join(root, 'package.json')],
      undefined,
      'package.json',
    ],
  ] as const)('ends with 2 for %s', async (_name, args, clientId, message) => {
    const env = clientId === undefined ? environment : { ...environment, AUTH0_CLIENT_ID: clientId };
    const program = spawn(process.execPath, [CLI, ...args], { env });
    const said: string[] = [];
    program.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    expect(await once(program, 'close')).toEqual([2, null]);
    expect(said.join('')).toContain(message);
  });

  it('looks at the tables of a data source', async () => {
    const folder = await mkdtemp(join(root, 'test/package/doctor-'));
    const file = join(folder, 'data-source.js');
    try {
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      await writeFile(file, dataSource('migrations: AUTH0_CONNECT_MIGRATIONS, migrationsRun: true'));
      expect(reportOf(await doctor('--json', '--data-source', file)).findings.at(-1)).toMatchObject({
        code: 'database',
        state: 'well',
      });
      await writeFile(file, dataSource('migrations: []'));
      expect(wrongIn(reportOf(await doctor('--json', '--data-source', file)))).toEqual(['database']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says of a domain that does not answer, in one line, what it may lack', async () => {
    environment.AUTH0_DOMAIN = new URL(tenant.domain).host;
    const { code, out } = await doctor();
    expect(code).toBe(1);
    expect(out).toMatch(/✗ domain: .*\)\n {4}.*\n {4}.*"http:\/\/" before a local tenant's/);
  });

  describe('with one login', () => {
    it('says what to do where the application is running', async () => {
      const application = createServer().listen(Number(new URL(url).port), 'localhost');
      await once(application, 'listening');
      try {
        const { code, err } = await doctor('--login');
        expect([code, err]).toEqual([2, expect.stringContaining(`${url} is in use`)]);
        expect(err).toContain('stop the application');
      } finally {
        application.close();
      }
    });

    it('finds all well', async () => {
      const { code, report } = await doctorWithLogin();
      expect([code, wrongIn(report)]).toEqual([0, []]);
      expect(report.findings.slice(-4).map(({ code: name }) => name)).toEqual([
        'offline_access',
        'refresh_token_rotation',
        'my_account',
        'connections',
      ]);
      expect(report.findings.at(-1)?.seen).toContain('google-oauth2');
    });

    it.each([
      // Token Vault refuses the client then, as if it had not the grant.
      ['refresh tokens that rotate', { refreshTokenRotation: true }, ['grant_token_vault', 'refresh_token_rotation']],
      ['no policy for the My Account API', { mrrtPolicies: [] }, ['my_account']],
      [
        'a policy that lacks a scope',
        { mrrtPolicies: [{ audience: 'me/', scopes: ['create:me:connected_accounts', 'read:me:connected_accounts'] }] },
        ['my_account'],
      ],
    ])('names %s, and nothing else', async (_name, settings, expected) => {
      register(settings);
      const { code, report } = await doctorWithLogin();
      expect([code, wrongIn(report)]).toEqual([1, expected]);
    });

    it('leaves it out where nobody would come back from it, and tells what it has found', async () => {
      register({ redirectUris: ['http://localhost:1/other'] });
      const { code, out, err } = await doctor('--login', '--json');
      expect([code, wrongIn(reportOf({ out }))]).toEqual([1, ['callback_url']]);
      expect(err).toContain('The login is left out');
    });

    it('tells what it has found where the login comes to nothing', async () => {
      const { code, report } = await doctorWithLogin('cancel');
      expect([code, report.findings.length > 5]).toEqual([2, true]);
    });

    it('takes an outage for no setting', async () => {
      const { code, report } = await doctorWithLogin('login', () =>
        tenant.control.failNext('refresh', { status: 503, times: 10 }),
      );
      expect([code, wrongIn(report)]).toEqual([0, []]);
      expect(report.findings.find(({ code: name }) => name === 'my_account')?.state).toBe('unknown');
    });

    it('names scopes without offline_access', async () => {
      environment.AUTH0_SCOPE = 'openid profile';
      const { code, report } = await doctorWithLogin();
      expect([code, wrongIn(report)]).toEqual([1, ['offline_access']]);
    });

    it('names that no connection is offered', async () => {
      await tenant.stop();
      tenant = await startLocalTenant({ connections: [] });
      environment.AUTH0_DOMAIN = tenant.domain;
      register({});
      const { report } = await doctorWithLogin();
      expect(wrongIn(report)).toEqual(['connections']);
    });
  });
});
