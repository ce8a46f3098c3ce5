import { randomUUID } from 'node:crypto';
import { QueryFailedError, type DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../libs/auth0-connect/src/persistence/statements/database.js';
import { ConnectionTokenEntity } from '../../libs/auth0-connect/src/persistence/entities/connection-token.entity.js';
import { ReplayEntity } from '../../libs/auth0-connect/src/persistence/entities/replay.entity.js';
import { ConnectSessionEntity } from '../../libs/auth0-connect/src/persistence/entities/session.entity.js';
import { TypeOrmExpiredRows } from '../../libs/auth0-connect/src/persistence/maintenance/expired-rows.js';
import { KeyRingCipher } from '../../libs/auth0-connect/src/persistence/sealing/key-ring.cipher.js';
import { SealedColumns } from '../../libs/auth0-connect/src/persistence/sealing/sealed-columns.js';
import { OrphanTokenCleaner } from '../../libs/auth0-connect/src/persistence/maintenance/orphan-token.cleaner.js';
import { TypeOrmConnectionTokenStore } from '../../libs/auth0-connect/src/persistence/stores/connection-token.store.js';
import { TypeOrmReplayStore } from '../../libs/auth0-connect/src/persistence/stores/replay.store.js';
import { TypeOrmSessionStore } from '../../libs/auth0-connect/src/persistence/stores/session.store.js';
import { createDatabase, databases, openDatabase, type TestDatabase } from '../support/databases.js';
import { SECRET } from '../support/test-app.js';

const FAR = 9_999_999_999_999;

const begin = async (store: TypeOrmSessionStore, userKey: string, expiresAt = FAR): Promise<string> => {
  const id = randomUUID();
  await store.insert({
    id,
    issuerOrigin: 'https://example.com',
    userKey,
    userId: userKey,
    sidKey: `sid of ${userKey}`,
    claims: { sub: 'auth0|alice' },
    createdAt: 1,
    lastUsedAt: 1,
    expiresAt,
    absoluteExpiresAt: FAR,
  });
  return id;
};

describe.each(databases.map(({ name, missing }) => [name, missing] as const))('on %s', (name, missing) => {
  describe.skipIf(missing)('rows that go with no session', () => {
    let database: TestDatabase;
    let dataSource: DataSource;
    const sealed = new SealedColumns(new KeyRingCipher([SECRET]));

    beforeAll(async () => {
      database = await createDatabase(name);
      dataSource = await openDatabase(database);
    });
    afterAll(async () => {
      await dataSource?.destroy();
      await database?.drop();
    });
    beforeEach(async () => {
      for (const entity of [ConnectionTokenEntity, ReplayEntity, ConnectSessionEntity]) {
        await dataSource.getRepository(entity).createQueryBuilder().delete().execute();
      }
    });

    const keepToken = async (userKey: string): Promise<void> => {
      const tokens = new TypeOrmConnectionTokenStore(new Database(dataSource), sealed, 10);
      const slot = { owner: `worker ${userKey}`, id: 'github', userKey, connection: 'github', loginHintKey: '' };
      await tokens.claim(slot, { lease: 'lease', leaseExpiresAt: FAR });
      const token = { accessToken: 'token', scopes: [], obtainedAt: 1, expiresAt: FAR };
      expect(await tokens.complete(slot, 'lease', token)).toBe(true);
    };
    const owners = async (): Promise<string[]> => {
      const rows = await dataSource.getRepository(ConnectionTokenEntity).find();
      return rows.map(({ userKey }) => userKey).toSorted();
    };

    describe('ids that are good once', () => {
      it('are remembered by the first of many, apart by kind and instance', async () => {
        const store = new TypeOrmReplayStore(new Database(dataSource), 'one');
        const answers = await Promise.all(Array.from({ length: 8 }, () => store.remember('dpop', 'a', FAR)));
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect(await store.remember('dpop', 'a', FAR)).toBe(false);
        expect(await store.has('dpop', 'a')).toBe(true);
        expect(await store.remember('dpop', 'A', FAR)).toBe(true);
        expect(await store.remember('logout', 'a', FAR)).toBe(true);
        expect(await new TypeOrmReplayStore(new Database(dataSource), 'two').remember('dpop', 'a', FAR)).toBe(true);
      });

      it('are forgotten when they have expired, and not before', async () => {
        const store = new TypeOrmReplayStore(new Database(dataSource), 'one');
        await store.remember('dpop', 'old', 1000);
        await store.remember('dpop', 'new', 1001);
        expect(await new TypeOrmExpiredRows(new Database(dataSource)).purgeBatch(1000, 100)).toBe(1);
        expect([await store.has('dpop', 'old'), await store.has('dpop', 'new')]).toEqual([false, true]);
      });

      it('end in an error where the database is the reason', async () => {
        const store = new TypeOrmReplayStore(new Database(dataSource), 'one');
        await expect(store.remember('dpop', 'x', null as never)).rejects.toThrow(QueryFailedError);
      });
    });

    describe('tokens of users who have sessions', () => {
      it('go with the last session, however it ends', async () => {
        const store = new TypeOrmSessionStore(new Database(dataSource), sealed, 'one');
        for (const userKey of ['ann', 'bob', 'cid', 'dan', 'eve']) await keepToken(userKey);
        const [first, second] = [await begin(store, 'ann'), await begin(store, 'ann')];
        for (const userKey of ['bob', 'cid']) await begin(store, userKey);
        await begin(store, 'dan', 1000);

        await store.delete(first);
        expect(await owners()).toContain('ann');
        await store.delete(second);
        expect(await store.delete(second), 'it may be asked for again').toBeUndefined();
        expect(await owners()).not.toContain('ann');
        await store.deleteByUser('bob');
        expect(await owners()).not.toContain('bob');
        await store.deleteBySid('sid of cid', FAR);
        expect(await owners()).not.toContain('cid');
        await new TypeOrmExpiredRows(new Database(dataSource)).purgeBatch(1000, 100);
        expect(await owners(), 'who never had a session keeps them').toEqual(['eve']);
        await store.deleteByUser('eve');
        expect(await owners(), 'until all that is theirs is to end').toEqual([]);
      });

      it('stay where the application works without sessions', async () => {
        const keep = new OrphanTokenCleaner(new Database(dataSource), true);
        const store = new TypeOrmSessionStore(new Database(dataSource), sealed, 'one', keep);
        await keepToken('ann');
        await keepToken('bob');
        await store.delete(await begin(store, 'ann'));
        await store.deleteByUser('ann');
        await begin(store, 'bob', 1000);
        await new TypeOrmExpiredRows(new Database(dataSource), keep).purgeBatch(1000, 100);
        expect(await owners()).toEqual(['ann', 'bob']);
      });
    });
  });
});
