import { purgeTimeOf, type StoredConnectLink } from '../../libs/auth0-connect/src/accounts/connect-link.js';
import type { DataSource } from 'typeorm';
import { expect, it, vi } from 'vitest';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import { Rows } from '../../libs/auth0-connect/src/persistence/statements/rows.js';
import {
  DAY,
  ENTITIES,
  Ground,
  HOUR,
  insertSession,
  newToken,
  newLink,
  newTransaction,
  slotOf,
  storesOn,
  storeToken,
  takesLease,
  tokenIn,
  type Stores,
  type Place,
} from './stores.kit.js';

export function expiredRowsContract(where: Place): void {
  const ground = Ground.of(where);

  it('are removed from the moment they expire, and not before', async () => {
    await empty(ground.witness);
    const stores = storesOn(ground.here);
    const now = Date.now();
    await rowsThatExpire(stores, now);
    await rowsThatExpire(stores, now + 1);
    expect(await purgeAll(stores, now - 1)).toBe(0);
    expect(await purgeAll(stores, now)).toBe(6);
    // Beside those that are left of each kind, the live sessions of the tokens.
    expect(await counts(ground.witness)).toEqual({ ...EACH_ONCE, sessions: 1 + 4 });
    expect(await purgeAll(stores, now + 1)).toBe(6);
    expect(await counts(ground.witness)).toEqual({ ...NONE, sessions: 4 });
  });

  it('are removed in batches', async () => {
    await empty(ground.witness);
    const stores = storesOn(ground.here);
    const now = Date.now();
    for (let index = 0; index < 25; index += 1) await stores.transactions.insert(newTransaction({ expiresAt: now }));
    for (let index = 0; index < 25; index += 1) await insertSession(stores, { expiresAt: now });
    expect(await stores.expiredRows.purgeBatch(now, 10)).toBe(20);
    expect(await counts(ground.witness)).toMatchObject({ transactions: 15, sessions: 15 });
    expect(await stores.expiredRows.purgeBatch(now, 10)).toBe(20);
    expect(await stores.expiredRows.purgeBatch(now, 10)).toBe(10);
    expect(await stores.expiredRows.purgeBatch(now, 10)).toBe(0);
  });

  it('take along what belongs to them', async () => {
    await empty(ground.witness);
    const stores = storesOn(ground.here);
    const now = Date.now();
    const session = await insertSession(stores, { expiresAt: now });
    await storeToken(stores.connectionTokens, slotOf(session, 'github'));
    await storeToken(stores.apiAccessTokens, slotOf(session, 'https://api.example'));
    const { sessionId, ...sessionless } = slotOf({ id: session.userKey, userKey: session.userKey }, 'github');
    expect(sessionId).toBeDefined();
    await storeToken(stores.connectionTokens, sessionless as never);
    expect(await stores.expiredRows.purgeBatch(now, 200)).toBe(1);
    expect(await counts(ground.witness)).toEqual(NONE);
  });

  it('are not those of a session that was used after it had been looked at', async () => {
    await empty(ground.witness);
    const stores = storesOn(ground.here);
    const now = Date.now();
    const [used, unused] = [
      await insertSession(stores, { expiresAt: now }),
      await insertSession(stores, { expiresAt: now }),
    ];
    await storeToken(stores.connectionTokens, slotOf(used, 'github'));
    const looked = betweenLookAndDelete(ENTITIES.sessions, () =>
      stores.sessions.touch(used, used.lastUsedAt + 1, now + HOUR),
    );
    expect(await purgeAll(storesOn(ground.there), now)).toBe(1);
    expect(looked).toHaveBeenCalled();
    expect(await stores.sessions.find(used.id)).toMatchObject({ expiresAt: now + HOUR });
    expect(await tokenIn(stores.connectionTokens, slotOf(used, 'github'))).toBeDefined();
    expect(await stores.sessions.find(unused.id)).toBeUndefined();
  });

  it.each(['connectionTokens', 'apiAccessTokens'] as const)(
    'are not those of %s that somebody has begun to renew after they had been looked at',
    async (kind) => {
      await empty(ground.witness);
      const stores = storesOn(ground.here);
      const now = Date.now();
      const slot = slotOf(await insertSession(stores), 'github');
      await storeToken(stores[kind], slot, { expiresAt: now });
      const looked = betweenLookAndDelete(ENTITIES[kind], () => takesLease(stores[kind], slot, 'lease', now + HOUR));
      expect(await purgeAll(storesOn(ground.there), now)).toBe(0);
      expect(looked).toHaveBeenCalled();
      expect(await stores[kind].complete(slot, 'lease', newToken())).toBe(true);
    },
  );

  it.each(['connectionTokens', 'apiAccessTokens'] as const)(
    'are not those of %s under a live lease, and are when their holder has died',
    async (kind) => {
      await empty(ground.witness);
      const stores = storesOn(ground.here);
      const now = Date.now();
      const absoluteExpiresAt = now + 30 * DAY;
      const long = await insertSession(stores, { expiresAt: absoluteExpiresAt, absoluteExpiresAt });
      const held = slotOf(long, 'github');
      await stores[kind].claim(held, { lease: 'lease', leaseExpiresAt: now + HOUR });
      // A holder that renews for longer than anybody would have thought.
      await stores[kind].renew(held, { lease: 'lease', leaseExpiresAt: now + 3 * DAY });
      expect(await purgeAll(stores, now + 2 * DAY)).toBe(0);
      expect(await stores[kind].find(held)).toMatchObject({ lease: 'lease' });
      expect(await purgeAll(stores, now + 3 * DAY)).toBe(1);
      expect(await stores[kind].find(held)).toBeUndefined();
    },
  );

  it.each(['connectionTokens', 'apiAccessTokens'] as const)(
    'are not those of %s that are good for longer, when an attempt to renew one has failed',
    async (kind) => {
      await empty(ground.witness);
      const stores = storesOn(ground.here);
      const now = Date.now();
      const [failed, unchanged] = [
        slotOf(await insertSession(stores), 'github'),
        slotOf(await insertSession(stores), 'github'),
      ];
      for (const slot of [failed, unchanged]) {
        await storeToken(stores[kind], slot, { expiresAt: now + 12 * HOUR });
        await stores[kind].claim(slot, { lease: 'lease', leaseExpiresAt: now + 5000 });
      }
      await stores[kind].fail(failed, 'lease', { code: 'rate_limited', message: 'later', details: {} });
      await stores[kind].complete(unchanged, 'lease', undefined);
      await purgeAll(stores, now + 11 * HOUR);
      expect(await tokenIn(stores[kind], failed)).toBeDefined();
      expect(await tokenIn(stores[kind], unchanged)).toBeDefined();
    },
  );

  it('are removed once by two who purge at the same time, while people log in and use the application', async () => {
    await empty(ground.witness);
    const stores = storesOn(ground.here);
    const now = Date.now();
    const live = [];
    for (let index = 0; index < 60; index += 1) {
      await rowsThatExpire(stores, now);
      if (index % 3 === 0) live.push(await insertSession(stores));
    }
    for (const session of live) await storeToken(stores.connectionTokens, slotOf(session, 'github'));

    const newcomers = async (): Promise<string[]> => {
      const ids = [];
      for (let index = 0; index < 40; index += 1) {
        const session = await insertSession(stores);
        await storeToken(stores.connectionTokens, slotOf(session, 'github'));
        await stores.transactions.insert(newTransaction());
        ids.push(session.id);
      }
      return ids;
    };
    const [ids, one, other] = await Promise.all([
      newcomers(),
      purgeAll(storesOn(ground.here), now, 7),
      purgeAll(storesOn(ground.there), now, 7),
    ]);

    expect(one + other).toBe(60 * 6);
    const sessions = await ground.witness.getRepository(ENTITIES.sessions).find({ select: { id: true } });
    const left = new Set(sessions.map(({ id }) => id));
    expect([...ids, ...live.map(({ id }) => id)].filter((id) => !left.has(id))).toEqual([]);
    expect(await counts(ground.witness)).toEqual({
      sessions: 2 * 60 + live.length + ids.length,
      transactions: ids.length,
      apiAccessTokens: 0,
      connectionTokens: live.length + ids.length,
      replays: 0,
      links: 0,
    });
  });
}

const NONE = { sessions: 0, transactions: 0, apiAccessTokens: 0, connectionTokens: 0, replays: 0, links: 0 };
const EACH_ONCE = { sessions: 1, transactions: 1, apiAccessTokens: 1, connectionTokens: 1, replays: 1, links: 1 };

/** One row of each kind, and live sessions for the two tokens. */
async function rowsThatExpire(stores: Stores, expiresAt: number): Promise<void> {
  await stores.transactions.insert(newTransaction({ expiresAt }));
  await stores.replays.remember('logout', randomToken(), expiresAt);
  await stores.links.insert(linkToPurgeAt(expiresAt));
  await insertSession(stores, { expiresAt });
  for (const tokens of [stores.apiAccessTokens, stores.connectionTokens]) {
    await storeToken(tokens, slotOf(await insertSession(stores), digest(randomToken())), { expiresAt });
  }
}

/** A link is kept for a while after it can no longer be opened, for whoever asks what became of it. */
function linkToPurgeAt(time: number): StoredConnectLink {
  const link = newLink();
  return { ...link, expiresAt: link.expiresAt + time - purgeTimeOf(link) };
}

async function purgeAll({ expiredRows }: Stores, now: number, size = 200): Promise<number> {
  let removed = 0;
  for (let batch = 1; batch > 0; removed += batch) batch = await expiredRows.purgeBatch(now, size);
  return removed;
}

async function counts(dataSource: DataSource): Promise<Record<string, number>> {
  const entries = Object.entries(ENTITIES).map(
    async ([name, entity]) => [name, await dataSource.getRepository<object>(entity).count()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function empty(dataSource: DataSource): Promise<void> {
  for (const entity of Object.values(ENTITIES)) {
    await dataSource.getRepository<object>(entity).createQueryBuilder().delete().execute();
  }
}

/** Does something when the purge has seen what is expired, and has not removed it yet. */
function betweenLookAndDelete(entity: (typeof ENTITIES)[keyof typeof ENTITIES], work: () => Promise<unknown>) {
  // oxlint-disable-next-line typescript/unbound-method -- called with the rows that it is called on
  const { find } = Rows.prototype;
  const looked = vi.fn<() => void>();
  const spy = vi.spyOn(Rows.prototype, 'find').mockImplementation(async function (this: Rows<object>, options) {
    const found = await find.call(this, options);
    if (this.entity === entity && looked.mock.calls.length === 0) {
      looked();
      expect(found.length).toBeGreaterThan(0);
      await work();
      spy.mockRestore();
    }
    return found;
  });
  return looked;
}
