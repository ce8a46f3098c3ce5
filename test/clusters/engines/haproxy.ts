import { writeFile } from 'node:fs/promises';
import { Client } from 'pg';
import { ServerProcess } from './server-process.js';
import { freePorts, type Workplace } from './workplace.js';

const LOOK_EVERY_MS = 250;

/**
 * HAProxy before several PostgreSQL servers: connections go to the one that says it is no standby. The check speaks
 * PostgreSQL's own protocol, so that nothing has to run beside the servers.
 */
export class HaProxy {
  private constructor(
    readonly port: number,
    private readonly server: ServerProcess,
  ) {}

  static async start(place: Workplace, servers: readonly number[]): Promise<HaProxy> {
    const port = (await freePorts(1))[0]!;
    const file = place.path('haproxy.cfg');
    await writeFile(file, configuration(port, servers));
    const server = await ServerProcess.start({
      name: 'HAProxy',
      command: ['haproxy', '-db', '-f', file],
      isReady: () => leadsToPrimary(`postgres://postgres@127.0.0.1:${port}/postgres`),
    });
    return new HaProxy(port, server);
  }

  get isRunning(): boolean {
    return this.server.isRunning;
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

function configuration(port: number, servers: readonly number[]): string {
  return `
global
  maxconn 500
defaults
  mode tcp
  timeout connect 2s
  timeout client 30m
  timeout server 30m
  timeout check 2s
frontend postgres
  bind 127.0.0.1:${port}
  default_backend primary
backend primary
  option tcp-check
  tcp-check connect
  tcp-check send-binary ${startup()}
  tcp-check expect binary 5a0000000549
  tcp-check send-binary ${query('SELECT pg_is_in_recovery()')}
  tcp-check expect binary 440000000b00010000000166
  tcp-check send-binary 5800000004
  default-server inter ${LOOK_EVERY_MS}ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.map((target, index) => `  server node${index} 127.0.0.1:${target} check`).join('\n')}
`;
}

/** StartupMessage: protocol 3.0, user and database. @see https://www.postgresql.org/docs/15/protocol-message-formats.html */
function startup(): string {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0');
  return Buffer.concat([int32(8 + parameters.length), int32(0x00030000), parameters]).toString('hex');
}

function query(sql: string): string {
  const text = Buffer.from(`${sql}\0`);
  return Buffer.concat([Buffer.from('Q'), int32(4 + text.length), text]).toString('hex');
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** HAProxy takes all servers for good until it has looked at them, and goes round. */
async function leadsToPrimary(url: string): Promise<boolean> {
  for (let times = 0; times < 4; times += 1) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    await client.end();
    if (rows[0]?.standby !== false) return false;
  }
  return true;
}
