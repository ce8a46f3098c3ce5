import type { DatabaseName } from '../support/databases.js';
import type { DataSource } from 'typeorm';
import { afterEach, expect, it } from 'vitest';
import type { NewSession } from '../../libs/auth0-connect/src/session/ports.js';
import {
  ENTITIES,
  Ground,
  HOUR,
  insertSession,
  newTransaction,
  rawRows,
  slotOf,
  storesOn,
  storeToken,
  takesLease,
  type Place,
} from './stores.kit.js';

/** Around the hours that a change of the clocks skips or repeats, and beyond what 32 bits hold. */
const INSTANTS = [
  '2026-03-29T01:30:00.001Z',
  '2026-10-25T00:30:00.999Z',
  '2026-10-25T01:30:00.500Z',
  '2038-01-19T03:14:08.000Z',
  '2106-02-07T06:28:16.123Z',
].map((text) => Date.parse(text));

const SET_ZONE: Record<DatabaseName, (dataSource: DataSource) => Promise<unknown>> = {
  SQLite: async () => undefined, // it has none
  PostgreSQL: (dataSource) => dataSource.query("SET TIME ZONE 'Asia/Kathmandu'"),
  MariaDB: (dataSource) => dataSource.query("SET time_zone = '-09:30'"),
};

const ZONE: Record<DatabaseName, [query: string, zone: string]> = {
  SQLite: ["SELECT 'none' AS zone", 'none'],
  PostgreSQL: ["SELECT current_setting('TimeZone') AS zone", 'Asia/Kathmandu'],
  MariaDB: ['SELECT @@session.time_zone AS zone', '-09:30'],
};

export function timesContract(where: Place): void {
  const ground = Ground.of(where);
  const zoneOfProcess = process.env.TZ;

  afterEach(() => inZone(zoneOfProcess));

  it('are the same instants in the rows themselves, to the millisecond', async () => {
    const stores = storesOn(ground.here);
    for (const instant of INSTANTS) {
      const { id } = await insertSession(stores, timesFrom(instant));
      const row = (await rawRows(ground.witness, ENTITIES.sessions)).find((one) => one.id === id);
      expect([row?.created_at, row?.last_used_at, row?.expires_at, row?.absolute_expires_at].map(Number)).toEqual(
        Object.values(timesFrom(instant)),
      );
    }
  });

  it('are the same instants for processes in other time zones', async () => {
    const zones = ['Pacific/Kiritimati', 'America/St_Johns', 'Europe/Berlin', 'UTC'];
    for (const instant of INSTANTS) {
      inZone('Pacific/Pago_Pago');
      expect(new Date(instant).getTimezoneOffset()).toBe(11 * 60);
      const stores = storesOn(ground.here);
      const session = await insertSession(stores, timesFrom(instant));
      const transaction = newTransaction({ createdAt: instant, expiresAt: instant + HOUR });
      await stores.transactions.insert(transaction);
      const token = await storeToken(stores.connectionTokens, slotOf(session, 'github'), {
        obtainedAt: instant,
        expiresAt: instant + HOUR,
      });
      for (const zone of zones) {
        inZone(zone);
        const there = storesOn(ground.there);
        expect(await there.sessions.find(session.id)).toMatchObject(timesFrom(instant));
        expect(await there.transactions.find(transaction.id)).toMatchObject({ expiresAt: instant + HOUR });
        expect(await there.connectionTokens.find(slotOf(session, 'github'))).toEqual({ token });
        expect((await there.reader.readById(session.id, [slotOf(session, 'github').id]))?.record).toMatchObject(
          timesFrom(instant),
        );
      }
    }
  });

  it('are the same instants whatever the time zone of the connection is', async () => {
    // One connection, so that it is the one whose zone was set.
    const elsewhere = await ground.connect({
      extra: ground.name === 'PostgreSQL' ? { max: 1 } : { connectionLimit: 1 },
    });
    await SET_ZONE[ground.name](elsewhere);
    const [query, zone] = ZONE[ground.name];
    expect(await elsewhere.query(query)).toEqual([{ zone }]);

    const [here, there] = [storesOn(ground.here), storesOn(elsewhere)];
    for (const instant of INSTANTS) {
      for (const [writer, reader] of [
        [here, there],
        [there, here],
      ] as const) {
        const session = await insertSession(writer, timesFrom(instant));
        expect(await reader.sessions.find(session.id)).toMatchObject(timesFrom(instant));
        const slot = slotOf(session, 'github');
        expect(await takesLease(writer.connectionTokens, slot, 'first', instant)).toBe(true);
        const seen = { lease: 'first', leaseExpiresAt: instant };
        const earlier = { lease: 'first', leaseExpiresAt: instant - 1 };
        expect(await takesLease(reader.connectionTokens, slot, 'second', instant + HOUR, earlier)).toBe(false);
        expect(await takesLease(reader.connectionTokens, slot, 'second', instant + HOUR, seen)).toBe(true);
        expect(await reader.sessions.deleteByUser(session.userKey, instant - 1)).toMatchObject({ count: 0 });
        expect(await reader.sessions.deleteByUser(session.userKey, instant)).toMatchObject({ count: 1 });

        const login = newTransaction({ createdAt: instant - HOUR, expiresAt: instant });
        await writer.transactions.insert(login);
        await reader.expiredRows.purgeBatch(instant - 1, 1000);
        expect(await writer.transactions.find(login.id)).toBeDefined();
        await reader.expiredRows.purgeBatch(instant, 1000);
        expect(await writer.transactions.find(login.id)).toBeUndefined();
      }
    }
    expect(await elsewhere.query(query)).toEqual([{ zone }]);
  });
}

function timesFrom(instant: number): Pick<NewSession, 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'absoluteExpiresAt'> {
  return {
    createdAt: instant,
    lastUsedAt: instant + 1,
    expiresAt: instant + HOUR,
    absoluteExpiresAt: instant + 2 * HOUR,
  };
}

/** Node reads it again whenever it changes. */
function inZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
}
