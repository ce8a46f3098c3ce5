import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { DEFAULT_CONNECTIONS, startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { SampleProcess } from '../../processes/sample-process.js';
import { sameAt } from '../../processes/sample-process.js';
import { someUsers } from '../../support/flows.js';
import { Person } from '../../support/person.js';
import { freePort } from '../../support/test-app.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const NODE_APP = 'test/clusters/dist/node-app.js';
const CLOCK_SHIFT = pathToFileURL(resolve(import.meta.dirname, 'clock-shift.mjs')).href;
const CLIENT = { clientId: 'node-app', clientSecret: 'the client secret of all nodes of the app' };

/** The tenant is an issuer by this name too, and listens on 127.0.0.1 only: the proxy has the other loopback address. */
const PROXY_HOST = '[::1]';

const SECRET = 'the secret that all nodes of the app share';

/** APIs whose tokens have to be asked for one by one, each time with the session's refresh token. */
export const AUDIENCES = Array.from({ length: 6 }, (_, index) => `https://api-${index}.example`);

const TABLES = ['sessions', 'transactions', 'api_access_tokens', 'connection_tokens'] as const;

export const NO_ROWS = Object.fromEntries(TABLES.map((table) => [table, 0]));

export interface AppNodesOptions {
  /** A data source for each process. */
  dataSources: readonly DataSourceOptions[];
  /** For the test's own look at the rows. */
  observer: DataSourceOptions;
  /** Further options of the library. */
  options?: object;
  /** Auth0 is reached by {@link AppNodes.auth0Proxy} only. */
  byProxy?: boolean;
  /** How many people there are at the tenant. */
  users?: number;
}

export interface NodeOptions {
  /** The process's clock is ahead by so much. */
  clockShiftMs?: number;
  port?: number;
}

export interface LoggedIn {
  person: Person;
  user: string;
  sessionId: string;
}

/** Processes of an application, one for each node of a database cluster, at a tenant of this process. */
export class AppNodes {
  readonly nodes: SampleProcess[] = [];
  private readonly all: SampleProcess[] = [];
  private users = 0;

  private constructor(
    readonly tenant: LocalTenant,
    /** What the processes reach the tenant by. */
    readonly auth0Proxy: TcpProxy | undefined,
    readonly dataSource: DataSource,
    private readonly appBaseUrl: string,
    private readonly more: object,
  ) {}

  static async start({
    dataSources,
    observer,
    options = {},
    byProxy,
    users = 200,
  }: AppNodesOptions): Promise<AppNodes> {
    const dataSource = await new DataSource({
      ...observer,
      entities: AUTH0_CONNECT_ENTITIES,
      migrations: AUTH0_CONNECT_MIGRATIONS,
      migrationsRun: true,
    }).initialize();
    const tenant = await startLocalTenant({
      customDomains: [PROXY_HOST],
      // The proxy has the same port at the other address.
      ...(byProxy && { listen: ['127.0.0.1'] }),
      users: someUsers(users),
      // A provider account of their own for everybody.
      connections: DEFAULT_CONNECTIONS.map((connection) => ({ ...connection, accounts: undefined })),
      apis: AUDIENCES.map((identifier) => ({ identifier, scopes: ['read'] })),
    });
    const { port: tenantPort } = tenant;
    const proxy = byProxy
      ? await TcpProxy.start({ host: '::1', port: tenantPort }, { host: '127.0.0.1', port: tenantPort })
      : undefined;
    const port = await freePort();
    const url = `http://localhost:${port}`;
    tenant.addClient({ ...CLIENT, redirectUris: [`${url}/auth/callback`], logoutUrls: [url] });
    const nodes = new AppNodes(tenant, proxy, dataSource, url, options);
    try {
      const [first, ...others] = dataSources;
      nodes.nodes.push(await nodes.join(first!, { port }));
      for (const other of others) nodes.nodes.push(await nodes.join(other));
    } catch (error) {
      await nodes.stop();
      throw error;
    }
    return nodes;
  }

  /** One more process, which is not among `nodes` by itself. */
  async join(dataSource: DataSourceOptions, { clockShiftMs, port }: NodeOptions = {}): Promise<SampleProcess> {
    const shift = clockShiftMs && {
      NODE_OPTIONS: `--import=${CLOCK_SHIFT}`,
      CLOCK_SHIFT_MS: String(clockShiftMs),
    };
    const joined = await SampleProcess.start({
      port,
      script: NODE_APP,
      appBaseUrl: this.appBaseUrl,
      adapter: this.all.length % 2 === 0 ? 'express' : 'fastify',
      variables: {
        DATA_SOURCE: JSON.stringify(dataSource),
        AUTH0_CONNECT: JSON.stringify({
          domain: this.auth0Proxy ? `http://${PROXY_HOST}:${this.tenant.port}` : this.tenant.domain,
          ...CLIENT,
          secret: SECRET,
          appBaseUrl: this.appBaseUrl,
          allowInsecureHttp: true,
          ...this.more,
        }),
        ...shift,
      },
    });
    this.all.push(joined);
    return joined;
  }

  /** Ends a node, at once or in order, and starts another one in its place. */
  async replace(
    index: number,
    dataSource: DataSourceOptions,
    { orderly, ...options }: NodeOptions & { orderly: boolean },
  ): Promise<void> {
    const old = this.nodes[index]!;
    await (orderly ? old.stop() : old.kill());
    this.nodes[index] = await this.join(dataSource, options);
  }

  /** Everything that all processes have written, those too that are gone. */
  get output(): string {
    return this.all.map(({ output }) => output).join('\n');
  }

  get control(): LocalTenant['control'] {
    return this.tenant.control;
  }

  set rotation(isOn: boolean) {
    this.control.setRefreshTokenRotation(CLIENT.clientId, isOn);
  }

  /** The node whose turn it is. */
  node(turn: number): SampleProcess {
    return this.nodes[turn % this.nodes.length]!;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((process) => process.stop()));
    await this.auth0Proxy?.stop();
    await this.tenant.stop();
    await this.dataSource.destroy();
  }

  /** A user whom no other test has. */
  newUser(): string {
    this.users += 1;
    return `auth0|person${this.users - 1}`;
  }

  /** Up to the callback, which is not opened. Begun at one of the nodes, answered by Auth0. */
  async pendingLogin(person: Person, user: string, at = this.node(0)): Promise<URL> {
    const started = await person.request(at.at('/auth/login?returnTo=/accounts'));
    if (started.location === undefined) throw new Error(`no login: ${started.status} ${started.text.slice(0, 300)}`);
    return this.authorize(person, started.location, user);
  }

  /** The user logs in at Auth0. @returns the callback, which is not opened */
  async authorize(person: Person, authorizationUrl: string, user: string): Promise<URL> {
    const until = `${this.appBaseUrl}/auth/callback`;
    const page = await person.open(authorizationUrl);
    const answer = await person.submit(page, { user, action: 'login' }, { until });
    if (!answer.location?.startsWith(until)) throw new Error(`login stopped at ${answer.url} (${answer.status})`);
    return new URL(answer.location);
  }

  /** Somebody new who is logged in at every node. */
  async logIn(user = this.newUser(), at = this.node(0)): Promise<LoggedIn> {
    const person = new Person();
    const callback = await this.pendingLogin(person, user, at);
    const answer = await person.request(sameAt(callback, at));
    if (answer.status !== 302) throw new Error(`login ended with ${answer.status}: ${answer.text.slice(0, 300)}`);
    const [session] = await this.query<{ id: string }>(
      'SELECT id FROM auth0_connect_sessions WHERE user_id = ? ORDER BY created_at DESC',
      user,
    );
    await this.untilKnown(person);
    return { person, user, sessionId: session?.id ?? '' };
  }

  /** Somebody whose Google account is connected, and whose stored token for it has expired. */
  async logInWithExpiredToken(): Promise<LoggedIn> {
    const loggedIn = await this.logIn();
    this.control.connectAccount(loggedIn.user, 'google-oauth2');
    const answer = await loggedIn.person.request(this.node(0).at('/calendar'));
    if (answer.status !== 200) throw new Error(`no calendar: ${answer.status} ${answer.text.slice(0, 300)}`);
    await this.expireTokens(loggedIn.sessionId);
    return loggedIn;
  }

  /** Auth0 tells one of the nodes that all sessions of a user are over. @returns the status it answers */
  logOutByToken(user: string, at: SampleProcess): Promise<number> {
    const uri = at.at('/auth/backchannel-logout');
    return this.control.sendBackchannelLogout({ clientId: CLIENT.clientId, uri, sub: user });
  }

  async expireTokens(sessionId: string): Promise<void> {
    for (const table of ['connection_tokens', 'api_access_tokens']) {
      await this.query(`UPDATE auth0_connect_${table} SET expires_at = 1 WHERE session_id = ?`, sessionId);
    }
  }

  /** How many rows of a session there are, in all tables. */
  async rowsOf(sessionId: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const table of TABLES) {
      const column = table === 'sessions' ? 'id' : 'session_id';
      const [row] = await this.query<{ count: string }>(
        `SELECT count(*) AS count FROM auth0_connect_${table} WHERE ${column} = ?`,
        sessionId,
      );
      counts[table] = Number(row?.count);
    }
    return counts;
  }

  /** @param sql with `?` for a parameter, whatever the database calls it */
  query<Row>(sql: string, ...parameters: string[]): Promise<Row[]> {
    let count = 0;
    const isPostgres = this.dataSource.options.type === 'postgres';
    const text = isPostgres ? sql.replaceAll('?', () => `$${(count += 1)}`) : sql;
    return this.dataSource.query<Row[]>(text, parameters);
  }

  /** All have taken up what was sent to them before. */
  async haveBegun(): Promise<void> {
    await Promise.all(this.nodes.map((process) => new Person().request(process.at('/auth/profile'))));
  }

  /** Every node has heard of the login: reads of a cluster may be late. */
  private async untilKnown(person: Person): Promise<void> {
    for (const process of this.nodes) {
      for (let times = 0; (await person.request(process.at('/auth/profile'))).status !== 200; times += 1) {
        if (times === 100) throw new Error('a node does not hear of a login');
        await pause(20);
      }
    }
  }
}
