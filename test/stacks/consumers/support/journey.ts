import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../support/databases.js';
import { freePort } from '../../../support/free-port.js';
import { Person } from '../../../support/person.js';
import { environment } from './application.js';

const CLIENT = { clientId: 'consumer', clientSecret: 'the secret of the client' };

/** What a journey comes to where everything works. */
export const LOGGED_IN = {
  accounts: { user: 'auth0|alice', accounts: [] },
  refused: 'connection_required',
  events: { status: 200 },
  // One that Auth0 refused, one that gave the token.
  exchanges: 2,
};

/** Starts an application of `applications/`, logs in, connects an account and uses its token. */
export async function journey(command: string[], cwd: string): Promise<object> {
  await using server = await Server.start(command, cwd);
  const { url } = server;
  const alice = new Person();
  const login = await alice.open(`${url}/auth/login?returnTo=/accounts`);
  const accounts = await alice.submit(login, { user: 'auth0|alice', action: 'login' });

  const refused = (await alice.request(`${url}/events`)).json<{ errorCode: string; connectUrl: string }>();
  const consent = await alice.open(refused.connectUrl);
  const events = await alice.submit(consent, { action: 'approve' });
  return {
    accounts: accounts.json(),
    refused: refused.errorCode,
    events: events.json(),
    exchanges: server.tenant.control.count('exchange'),
  };
}

/** What a program says that ends before it answers. Fails where it starts. */
export async function saidInVain(command: string[], cwd: string): Promise<string> {
  const started = await Server.start(command, cwd).catch((error: Error) => error);
  if (started instanceof Error) return started.message;
  await started[Symbol.asyncDispose]();
  throw new Error(`${command.join(' ')} starts`);
}

/** An application under way, with a tenant and a database of its own. */
class Server {
  private constructor(
    readonly url: string,
    readonly tenant: LocalTenant,
    private readonly database: TestDatabase,
    private readonly program: ChildProcess,
  ) {}

  static async start([command = '', ...args]: string[], cwd: string): Promise<Server> {
    const url = `http://localhost:${await freePort()}`;
    const tenant = await startLocalTenant();
    tenant.addClient({ ...CLIENT, redirectUris: [`${url}/auth/callback`], logoutUrls: [url] });
    const database = await createDatabase('PostgreSQL');
    const program = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...environment(),
        PORT: new URL(url).port,
        APP_BASE_URL: url,
        DATABASE_URL: database.url ?? '',
        AUTH0_DOMAIN: tenant.domain,
        AUTH0_CLIENT_ID: CLIENT.clientId,
        AUTH0_CLIENT_SECRET: CLIENT.clientSecret,
        GOOGLE_API: `${tenant.domain}/upstream/google`,
      },
    });
    const server = new Server(url, tenant, database, program);
    try {
      await server.answers();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.program.exitCode === null && this.program.signalCode === null) {
      const ended = once(this.program, 'exit');
      this.program.kill();
      await ended;
    }
    await this.tenant.stop();
    await this.database.drop();
  }

  /** Resolves when the application answers; rejects with all that it said when it ends before. */
  private async answers(): Promise<void> {
    let said = '';
    for (const stream of [this.program.stdout, this.program.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const ended = new Promise<never>((_, reject) => {
      this.program.once('error', reject);
      this.program.once('close', (code) => reject(new Error(`ended with ${code}:\n${said}`)));
    });
    await Promise.race([ended, vi.waitFor(() => fetch(this.url), { timeout: 60_000, interval: 50 })]);
  }
}
