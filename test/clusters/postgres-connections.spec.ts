import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sameAt } from '../processes/sample-process.js';
import { until } from '../support/flows.js';
import { Person } from '../support/person.js';
import { POSTGRES_ACCOUNT, PostgresServer } from './engines/postgres.js';
import { Workplace } from './engines/workplace.js';
import { AppNodes } from './support/app-nodes.js';
import { Crowd, summaryOf, WITH_TOKEN_VAULT } from './support/crowd.js';
import { rounds } from './support/form.js';
import { inTime } from './support/in-time.js';
import { Random } from './support/random.js';

/** A driver has no deadlines of its own: without them a frozen server hangs every request. */
const DRIVER = { connectTimeoutMS: 2000, extra: { query_timeout: 3000 } };

/** ReadyForQuery, idle. @see https://www.postgresql.org/docs/15/protocol-message-formats.html */
const READY = Buffer.from('5a0000000549', 'hex');

describe('PostgreSQL, when connections die', () => {
  let place: Workplace;
  let postgres: PostgresServer;
  let app: AppNodes;
  let relay: Relay;
  let direct: DataSourceOptions;
  beforeAll(async () => {
    place = await Workplace.create(POSTGRES_ACCOUNT);
    postgres = await PostgresServer.create(place, 'server');
    await postgres.execute('CREATE DATABASE app');
    relay = await Relay.start(postgres.port);
    const observer = { type: 'postgres' as const, url: postgres.url('app') };
    direct = { ...observer, ...DRIVER };
    app = await AppNodes.start({
      dataSources: [{ ...observer, ...DRIVER, url: postgres.url('app', relay.port) }, direct],
      observer,
      users: 1000,
    });
  });
  afterAll(async () => {
    await app?.stop();
    await relay?.stop();
    await postgres?.stop();
    await place?.remove();
  });

  it('the process lives on when a connection is ended in the very moment in which it is made', async () => {
    const logIn = async (): Promise<number> => (await new Person().request(app.node(0).at('/auth/login'))).status;
    for (let times = 0; times < rounds(5, 20); times += 1) {
      relay.endNext();
      await logIn().catch(() => undefined);
    }
    expect(app.node(0).endedBy).toBeUndefined();
    expect(await logIn()).toBe(302);
  });

  it('the processes live on, and serve again, when the server ends all connections under load', async () => {
    const crowd = new Crowd(app, new Random(1), WITH_TOKEN_VAULT);
    app.control.setProviderTokenLifetime(61);
    await crowd.gather(8);
    crowd.begin();
    for (let times = 0; times < rounds(6, 24); times += 1) {
      await postgres.terminateConnections();
      await pause(150);
    }
    await crowd.end();
    expect(app.node(1).endedBy).toBeUndefined();
    expect(summaryOf(crowd.attempts.filter(({ outcome }) => outcome === 'lost' || outcome === 500))).toEqual([]);
    expect(summaryOf((await crowd.finalRound()).filter(({ outcome }) => outcome !== 200))).toEqual([]);
  });

  it('a request to a server that says nothing ends with 503, and a later one is served', async () => {
    const node = await app.join(direct);
    const person = new Person();
    expect((await person.request(sameAt(await app.pendingLogin(person, app.newUser(), node), node))).status).toBe(302);
    postgres.freeze();
    const asked = inTime('it is answered', person.request(node.at('/auth/profile')), 30_000);
    const status = await asked.then((answer) => answer.status).finally(() => postgres.thaw());
    expect(status).toBe(503);
    await until('it is served', async () => (await person.request(node.at('/auth/profile'))).status === 200);
  });
});

/** Before a server that is told to end a connection just when it has become ready: both come in one segment. */
class Relay {
  private readonly clients = new Set<Socket>();
  private isNextDoomed = false;

  private constructor(private readonly server: Server) {}

  static async start(port: number): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server);
    server.on('connection', (client) => relay.join(client, connect(port, '127.0.0.1')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends all connections there are, and the next one as soon as it is made. */
  endNext(): void {
    for (const client of this.clients) client.destroy();
    this.isNextDoomed = true;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: Socket): void {
    const isDoomed = this.isNextDoomed;
    this.isNextDoomed = false;
    this.clients.add(client);
    client.on('data', (chunk) => target.write(chunk));
    target.on('data', (chunk) => {
      if (isDoomed && chunk.includes(READY)) client.end(Buffer.concat([chunk, terminated()]));
      else client.write(chunk);
    });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.on('close', () => this.clients.delete(client));
  }
}

/** ErrorResponse: what `pg_terminate_backend` makes a server send. */
function terminated(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}
