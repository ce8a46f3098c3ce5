import {
  DEFAULT_CONNECTIONS,
  startLocalTenant,
  type LocalTenant,
  type LocalTenantOptions,
  type TenantConnection,
} from 'auth0-local-tenant';
import type { DataSource } from 'typeorm';
import { createDatabase, openDatabase, type TestDatabase } from '../support/databases.js';
import { someUsers } from '../support/flows.js';
import { Person } from '../support/person.js';
import { CALENDAR_SCOPE, freePort } from '../support/test-app.js';
import { buildIfMissing, SampleProcess, sameAt } from './sample-process.js';

const CLIENT = { clientId: 'sample-app', clientSecret: 'the client secret of the sample app' };

const TABLES = ['sessions', 'transactions', 'api_access_tokens', 'connection_tokens'] as const;

/** Two processes of the sample app that share a PostgreSQL database and nothing else, at a tenant of this process. */
export class TwoProcesses {
  private readonly more: SampleProcess[] = [];
  private users = 0;
  a: SampleProcess;
  b: SampleProcess;

  private constructor(
    readonly tenant: LocalTenant,
    private readonly database: TestDatabase,
    /** Of this process, which is a third one. */
    readonly dataSource: DataSource,
    private readonly script: string | undefined,
    private readonly appBaseUrl: string,
  ) {}

  static async start({ script, tenant: given }: { script?: string; tenant?: LocalTenantOptions } = {}) {
    await buildIfMissing();
    const database = await createDatabase('PostgreSQL');
    const dataSource = await openDatabase(database);
    const tenant = await startLocalTenant({ users: someUsers(), connections: connections(), ...given });
    const port = await freePort();
    const url = `http://localhost:${port}`;
    tenant.addClient({ ...CLIENT, redirectUris: [`${url}/auth/callback`], logoutUrls: [url] });
    const both = new TwoProcesses(tenant, database, dataSource, script, url);
    try {
      [both.a, both.b] = await Promise.all([both.join({ port }), both.join({ adapter: 'fastify' })]);
    } catch (error) {
      await both.stop();
      throw error;
    }
    return both;
  }

  /** One more process. */
  async join(options: { port?: number; adapter?: 'express' | 'fastify' } = {}): Promise<SampleProcess> {
    const joined = await SampleProcess.start({
      ...options,
      appBaseUrl: this.appBaseUrl,
      script: this.script,
      variables: {
        DATABASE_URL: this.database.url ?? '',
        AUTH0_DOMAIN: this.tenant.domain,
        AUTH0_CLIENT_ID: CLIENT.clientId,
        AUTH0_CLIENT_SECRET: CLIENT.clientSecret,
        AUTH0_SECRET: 'the secret that all processes of the sample app share',
      },
    });
    this.more.push(joined);
    return joined;
  }

  get control(): LocalTenant['control'] {
    return this.tenant.control;
  }

  get clientId(): string {
    return CLIENT.clientId;
  }

  async stop(): Promise<void> {
    await Promise.all(this.more.map((process) => process.stop()));
    await this.tenant.stop();
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** A user whom no other test has. */
  newUser(): string {
    this.users += 1;
    return `auth0|person${this.users - 1}`;
  }

  /** Up to the callback, which is not opened. Begun at one of the processes, answered by Auth0. */
  async pendingLogin(person: Person, user: string, at = this.a): Promise<URL> {
    const callback = `${this.appBaseUrl}/auth/callback`;
    const page = await person.open(at.at('/auth/login?returnTo=/accounts'));
    const answer = await person.submit(page, { user, action: 'login' }, { until: callback });
    if (!answer.location?.startsWith(callback)) throw new Error(`login stopped at ${answer.url} (${answer.status})`);
    return new URL(answer.location);
  }

  /** Somebody new who is logged in; what they do goes to either process, with the same cookie. */
  async logIn(user = this.newUser(), at = this.a): Promise<{ person: Person; user: string; sessionId: string }> {
    const person = new Person();
    const callback = await this.pendingLogin(person, user, at);
    const answer = await person.request(sameAt(callback, at));
    if (answer.status !== 302) throw new Error(`login ended with ${answer.status}: ${answer.text.slice(0, 300)}`);
    const [session] = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM auth0_connect_sessions WHERE user_id = $1 ORDER BY created_at DESC',
      [user],
    );
    return { person, user, sessionId: session?.id ?? '' };
  }

  /** Somebody whose Google account is connected, and whose stored token for it has expired. */
  async logInWithExpiredToken(): Promise<{ person: Person; user: string; sessionId: string }> {
    const loggedIn = await this.logIn();
    this.control.connectAccount(loggedIn.user, 'google-oauth2', { scopes: [CALENDAR_SCOPE] });
    const answer = await loggedIn.person.request(this.a.at('/api/calendar'));
    if (answer.status !== 200) throw new Error(`no calendar: ${answer.status} ${answer.text.slice(0, 300)}`);
    await this.expireTokens(loggedIn.sessionId);
    return loggedIn;
  }

  async expireTokens(sessionId: string): Promise<void> {
    for (const table of ['connection_tokens', 'api_access_tokens']) {
      await this.dataSource.query(`UPDATE auth0_connect_${table} SET expires_at = 1 WHERE session_id = $1`, [
        sessionId,
      ]);
    }
  }

  /** How many rows of a session there are, in all tables. */
  async rowsOf(sessionId: string): Promise<Record<string, number>> {
    const counts = TABLES.map(async (table) => {
      const column = table === 'sessions' ? 'id' : 'session_id';
      const [row] = await this.dataSource.query<{ count: string }[]>(
        `SELECT count(*) AS count FROM auth0_connect_${table} WHERE ${column} = $1`,
        [sessionId],
      );
      return [table, Number(row?.count)] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  /** Both have taken up what was sent to them before. */
  async haveBegun(): Promise<void> {
    await Promise.all([this.a, this.b].map((process) => new Person().request(process.at('/auth/profile'))));
  }
}

export const NO_ROWS = Object.fromEntries(TABLES.map((table) => [table, 0]));

/** As they are, with a provider account of its own for everybody. */
function connections(): TenantConnection[] {
  return DEFAULT_CONNECTIONS.map((connection) => ({ ...connection, accounts: undefined }));
}
