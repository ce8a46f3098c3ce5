import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Person } from '../test/support/person.js';
import { startLocalTenant, TOKEN_VAULT_GRANT, type LocalTenant } from 'auth0-local-tenant';
import type { RowsToCreate } from './rows.js';
import type { ServerReport } from './server.js';
import { API_AUDIENCE, API_CLIENT, CLIENT, type ServerSettings } from './settings.js';

/** Adding a client again replaces it: all servers of a tenant share one. */
const callbacks = new WeakMap<LocalTenant, string[]>();

/** With the API's own client. */
export function startTenant(): Promise<LocalTenant> {
  return startLocalTenant({
    clients: [{ ...API_CLIENT, redirectUris: [], grantTypes: [TOKEN_VAULT_GRANT], api: API_AUDIENCE }],
  });
}

/** For a server that reads none: a browser would send it all the same. */
const UNREAD_COOKIE = `auth0_connect_session=${'0'.repeat(43)}`;

/** An earlier checkout brings its own server and its own library. */
function serverOf({ subject }: ServerSettings): URL | string {
  if (subject !== 'before') return new URL('./server.js', import.meta.url);
  return join(process.env.BENCH_BEFORE ?? '', 'bench/dist/bench/server.js');
}

/** A server in a process of its own, and somebody logged in to it. */
export class ServerProcess {
  private constructor(
    readonly settings: ServerSettings,
    private readonly child: ChildProcess,
    /** The cookie header of a request. */
    public cookie: string,
  ) {}

  static async start(
    given: Omit<ServerSettings, 'port' | 'tenantDomain'> & { countStatements?: boolean },
    tenant: LocalTenant,
  ): Promise<ServerProcess> {
    const port = await freePort();
    callbacks.set(tenant, [...(callbacks.get(tenant) ?? []), `http://localhost:${port}/auth/callback`]);
    tenant.addClient({ ...CLIENT, redirectUris: callbacks.get(tenant) ?? [] });
    const settings = { ...given, port, tenantDomain: tenant.domain };
    const child = fork(serverOf(settings), [JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: process.env.BENCH_NODE_OPTIONS?.split(' ') ?? [],
    });
    const [message] = (await Promise.race([once(child, 'message'), diedEarly(child)])) as [{ cookie?: string }];
    return new ServerProcess(settings, child, message.cookie ?? UNREAD_COOKIE);
  }

  get url(): string {
    return `http://localhost:${this.settings.port}`;
  }

  /** What its visitor sends: an access token, else the cookie. */
  headers(authorization?: string): Record<string, string> {
    return authorization === undefined ? { cookie: this.cookie } : { authorization };
  }

  async create(rows: RowsToCreate): Promise<void> {
    this.child.send({ create: rows });
    await once(this.child, 'message');
  }

  async report(): Promise<ServerReport> {
    this.child.send('report');
    const [message] = (await once(this.child, 'message')) as [{ report: ServerReport }];
    return message.report;
  }

  /** Logs somebody in and connects these accounts. @returns the cookie header */
  async logIn(connections: readonly string[] = ['google-oauth2'], user = 'auth0|alice'): Promise<string> {
    const person = new Person();
    const login = await person.open(`${this.url}/auth/login?returnTo=/open`);
    const done = login.url.startsWith(this.url) ? login : await person.submit(login, { user, action: 'login' });
    if (!done.url.startsWith(this.url)) throw new Error(`login ended at ${done.url}`);
    for (const connection of connections) {
      const consent = await person.open(`${this.url}/auth/connect/${connection}?returnTo=/open`);
      await person.submit(consent, { action: 'approve' });
    }
    return `auth0_connect_session=${person.cookie(this.url, 'auth0_connect_session')}`;
  }

  /** An access token for the API, of whoever is logged in. @returns the authorization header */
  async accessToken(): Promise<string> {
    const response = await fetch(`${this.url}/api/access-token`, { headers: { cookie: this.cookie } });
    if (!response.ok) throw new Error(`no access token: ${response.status}`);
    return `Bearer ${((await response.json()) as { accessToken: string }).accessToken}`;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.send('stop');
    await exited;
  }
}

async function diedEarly(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`the server ended with ${code} before it listened`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
