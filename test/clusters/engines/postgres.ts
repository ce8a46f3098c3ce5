import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { ServerProcess } from './server-process.js';
import { freePorts, type Workplace } from './workplace.js';

export const POSTGRES_ACCOUNT = 'postgres';
const USER = 'postgres';

/** A PostgreSQL server on loopback, with data of its own. */
export class PostgresServer {
  private server: ServerProcess | undefined;

  private constructor(
    private readonly place: Workplace,
    readonly name: string,
    readonly port: number,
  ) {}

  static async create(place: Workplace, name: string): Promise<PostgresServer> {
    const [port] = await freePorts(1);
    const server = new PostgresServer(place, name, port!);
    await place.run(join(programs(), 'initdb'), '-A', 'trust', '-U', USER, '-E', 'UTF8', '--no-sync', server.folder);
    await server.start();
    return server;
  }

  /** A hot standby that follows `primary` by streaming replication. @param options.port default: any free one */
  static async follow(
    primary: PostgresServer,
    name: string,
    { port }: { port?: number } = {},
  ): Promise<PostgresServer> {
    const server = new PostgresServer(primary.place, name, port ?? (await freePorts(1))[0]!);
    await primary.place.run(
      join(programs(), 'pg_basebackup'),
      `--dbname=${primary.url()}`,
      `--pgdata=${server.folder}`,
      '--checkpoint=fast',
      '--wal-method=stream',
      '--no-sync',
      '--write-recovery-conf',
    );
    await server.start();
    await primary.until('it has a standby', `SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'`);
    return server;
  }

  get isRunning(): boolean {
    return this.server?.isRunning ?? false;
  }

  url(database = 'postgres', port = this.port): string {
    return `postgres://${USER}@127.0.0.1:${port}/${database}`;
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: '',
      max_connections: '100',
      wal_keep_size: '64MB',
    };
    this.server = await ServerProcess.start({
      name: this.name,
      account: POSTGRES_ACCOUNT,
      command: [
        join(programs(), 'postgres'),
        '-D',
        this.folder,
        ...Object.entries(settings).map(([key, value]) => `--${key}=${value}`),
      ],
      isReady: async () => (await this.execute('SELECT 1')).length === 1,
    });
  }

  /** Fast shutdown: ends sessions, writes all down, and sends the standby the rest. */
  async stop(): Promise<void> {
    await this.server?.stop('SIGINT');
  }

  /** As when its machine goes down: no checkpoint, and what the standby was not sent is gone with it. */
  async kill(): Promise<void> {
    await this.server?.kill();
  }

  freeze(): void {
    this.server?.freeze();
  }

  thaw(): void {
    this.server?.thaw();
  }

  /** Makes the primary of a standby. */
  async promote(): Promise<void> {
    await this.execute('SELECT pg_promote(true, 30)');
    // What a standby of a primary that is gone must not go on with: to wait for a standby of its own.
    await this.configure('synchronous_standby_names', '');
  }

  /** Changes a setting of the running server. */
  async configure(setting: string, value: string): Promise<void> {
    await this.execute(`ALTER SYSTEM SET ${setting} = '${value}'`);
    await this.execute('SELECT pg_reload_conf()');
  }

  /** One statement on a connection of its own. */
  async execute<Row extends object>(sql: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.url(), connectionTimeoutMillis: 2000 });
    // A server that goes down tells its clients, those that wait for nothing too.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Ends every connection but the one that does so. */
  async terminateConnections(): Promise<void> {
    await this.execute(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
  }

  /** Waits until the statement gives a row. */
  async until(what: string, sql: string): Promise<void> {
    const deadline = Date.now() + 30_000;
    while ((await this.execute(sql)).length === 0) {
      if (Date.now() > deadline) throw new Error(`${this.name}: it did not come to pass that ${what}`);
    }
  }

  private get folder(): string {
    return this.place.path(this.name);
  }
}

/** Debian keeps the programs of each version in a folder of its own. */
function programs(): string {
  return execFileSync('sh', ['-c', 'dirname $(ls -d /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)'])
    .toString()
    .trim();
}
