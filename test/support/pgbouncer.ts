import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import { Client } from 'pg';
import { freePort } from './test-app.js';

/** A pooler in front of PostgreSQL that gives each statement another connection, and forgets names between two. */
export interface Pooler {
  /** The same database by way of it. */
  url(database: string): string;
  stop(): Promise<void>;
}

/** PgBouncer in transaction mode over few connections, each cleared by `DISCARD ALL` after use. */
export async function startPgBouncer(postgresUrl: string): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const { hostname, port: postgresPort, username } = new URL(postgresUrl);
  await writeFile(join(folder, 'users.txt'), `"${username}" ""\n`);
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${postgresPort || 5432}
[pgbouncer]
listen_addr = localhost
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 2
server_reset_query = DISCARD ALL
server_reset_query_always = 1
ignore_startup_parameters = extra_float_digits
`,
  );
  const asRoot = process.getuid?.() === 0;
  const args = ['-q', ...(asRoot ? ['-u', 'nobody'] : []), join(folder, 'pgbouncer.ini')];
  const server = spawn(inject('services').pgbouncer ?? 'pgbouncer', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = (database: string): string => `postgres://${username}@localhost:${port}/${database}`;
  await vi.waitFor(
    async () => {
      const client = new Client({ connectionString: url('postgres') });
      await client.connect();
      await client.end();
    },
    { timeout: 10_000, interval: 50 },
  );
  return {
    url,
    async stop() {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
