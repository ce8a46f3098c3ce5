import { writeFile } from 'node:fs/promises';
import { Client } from 'pg';
import { POSTGRES_ACCOUNT, type PostgresServer } from './postgres.js';
import { ServerProcess } from './server-process.js';
import { freePorts, type Workplace } from './workplace.js';

export type PoolMode = 'session' | 'transaction' | 'statement';

export interface PgBouncerOptions {
  mode: PoolMode;
  /** Connections to the server for each database: fewer than clients have, so that they take turns. */
  poolSize: number;
}

/** PgBouncer before a PostgreSQL server. */
export class PgBouncer {
  private constructor(
    private readonly postgres: PostgresServer,
    readonly port: number,
    private readonly server: ServerProcess,
  ) {}

  static async start(
    place: Workplace,
    postgres: PostgresServer,
    { mode, poolSize }: PgBouncerOptions,
  ): Promise<PgBouncer> {
    const [port] = await freePorts(1);
    const file = place.path(`pgbouncer-${mode}.ini`);
    await writeFile(
      file,
      `[databases]
* = host=127.0.0.1 port=${postgres.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 500
`,
    );
    const server = await ServerProcess.start({
      name: 'PgBouncer',
      account: POSTGRES_ACCOUNT,
      command: ['pgbouncer', file],
      isReady: async () => {
        const client = new Client({ connectionString: postgres.url('postgres', port), connectionTimeoutMillis: 2000 });
        await client.connect();
        await client.end();
        return true;
      },
    });
    return new PgBouncer(postgres, port!, server);
  }

  url(database: string): string {
    return this.postgres.url(database, this.port);
  }

  async stop(): Promise<void> {
    // At once: SIGINT waits for clients to finish.
    await this.server.stop('SIGTERM');
  }
}
