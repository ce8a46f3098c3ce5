import { createServer, type Server, type Socket, connect } from 'node:net';
import { DataSource } from 'typeorm';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { Database } from '../../libs/auth0-connect/src/persistence/statements/database.js';
import { allDatabases } from '../support/databases.js';
import { ENTITIES, Ground, insertSession, storesOn } from './stores.kit.js';

describe.each(allDatabases.filter(({ name }) => name !== 'SQLite'))(
  'two statements that get in each other’s way on $name',
  ({ name, missing }) => {
    describe.skipIf(missing)('by a deadlock', () => {
      const ground = Ground.of(name);

      const waiting = {
        PostgreSQL: "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        MariaDB: "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
        SQLite: '',
      }[name];

      it('are both done: who was undone tries again', async () => {
        const stores = storesOn(ground.here);
        // Whichever row our statement comes to first, once it is the other one that somebody holds.
        for (const [first, second] of [
          [0, 1],
          [1, 0],
        ] as const) {
          const one = await insertSession(stores);
          const both = [one, await insertSession(stores, { userKey: one.userKey })];
          const transaction = ground.there.createQueryRunner();
          await transaction.startTransaction();
          const rows = transaction.manager.getRepository(ENTITIES.sessions);
          await rows.update({ id: both[first]!.id }, { userId: 'auth0|held' });
          const ours = stores.sessions.deleteByUser(one.userKey);
          // InnoDB shows its transactions anew only to whoever has not looked for a tenth of a second.
          const looking = { timeout: 20_000, interval: 200 };
          await vi.waitFor(async () => expect(await ground.there.query(waiting)).not.toEqual([]), looking);
          await rows
            .update({ id: both[second]!.id }, { userId: 'auth0|wanted' })
            .then(() => transaction.commitTransaction())
            .catch(() => transaction.rollbackTransaction());
          await transaction.release();
          const ended = await ours;
          expect(ended.count).toBe(2);
          expect(ended.sessions.map(({ id }) => id).toSorted()).toEqual(both.map(({ id }) => id).toSorted());
        }
      }, 60_000);
    });
  },
);

const postgres = inject('services').postgres;

describe.skipIf(postgres === undefined)('PostgreSQL that ends a connection just as it is made', () => {
  let proxy: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy?.close(resolve) ?? resolve(undefined));
  });

  it('does not end the process', async () => {
    const target = new URL(postgres ?? '');
    let isEnding = false;
    proxy = createServer((client) => {
      const server = connect(Number(target.port || 5432), target.hostname);
      sockets.add(client).add(server);
      client.pipe(server);
      server.on('data', (chunk: Buffer) => {
        // ReadyForQuery and FATAL 57P01 in one segment.
        const isReady = chunk.includes(Buffer.from('Z\0\0\0\u0005I', 'latin1'));
        if (!isEnding || !isReady) return client.write(chunk);
        return client.end(Buffer.concat([chunk, fatal()]));
      });
      for (const socket of [client, server]) socket.on('error', () => undefined).on('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy?.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const dataSource = new DataSource({
      type: 'postgres',
      host: '127.0.0.1',
      port,
      username: decodeURIComponent(target.username),
      password: decodeURIComponent(target.password),
      database: target.pathname.slice(1) || 'postgres',
    });
    await dataSource.initialize();
    const database = new Database(dataSource);
    const unheard: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => void unheard.push(error));
    try {
      for (const socket of sockets) socket.destroy();
      isEnding = true;
      const asked = Array.from({ length: 20 }, () =>
        database.run(({ queryRunner }) => queryRunner!.query('SELECT 1')).catch(() => 'failed'),
      );
      expect(new Set(await Promise.all(asked))).toEqual(new Set(['failed']));
      await new Promise(setImmediate);
      isEnding = false;
      expect(await database.run(({ queryRunner }) => queryRunner!.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    expect(unheard).toEqual([]);
    await dataSource.destroy();
  });
});

function fatal(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}
