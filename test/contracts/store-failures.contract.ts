import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { guarded } from '../../libs/auth0-connect/src/persistence/failures/guarded.js';
import { OnceAMinute } from '../../libs/auth0-connect/src/shared/once-a-minute.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import type { DatabaseName } from '../support/databases.js';
import {
  Ground,
  insertSession,
  newConnect,
  newSession,
  newToken,
  newTransaction,
  slotOf,
  storesOn,
  type Stores,
} from './stores.kit.js';

const guardedOn = (stores: Stores, saying = new OnceAMinute()): Stores =>
  Object.fromEntries(Object.entries(stores).map(([key, store]) => [key, guarded(store, saying)])) as unknown as Stores;

/** What each operation with a secret in it throws. */
async function failuresOf(stores: Stores, secret: string): Promise<Map<string, unknown>> {
  const { id } = newSession();
  const slot = slotOf({ id, userKey: secret.slice(0, 20) }, secret);
  const operations: Record<string, () => unknown> = {
    insert: () => stores.sessions.insert(newSession({ claims: { sub: secret }, userId: secret, refreshToken: secret })),
    find: () => stores.sessions.find(secret),
    read: () => stores.reader.read(secret, []),
    credentials: () => stores.sessions.readCredentials(secret),
    storeCredentials: () => stores.sessions.storeCredentials(secret, 1, { refreshToken: secret }),
    touch: () => stores.sessions.touch(newSession({ id: secret }), 1, 1),
    delete: () => stores.sessions.delete(secret),
    transaction: () => stores.transactions.insert(newTransaction({ id: secret })),
    take: () => stores.transactions.remove(secret, secret),
    claim: () => stores.connectionTokens.claim(slot, { lease: secret.slice(0, 40), leaseExpiresAt: 1 }),
    complete: () => stores.apiAccessTokens.complete(slot, secret, newToken({ accessToken: secret })),
    forget: () => stores.apiAccessTokens.forget(slot),
    audience: () => stores.apiAccessTokens.findForAudience(secret, secret),
    remember: () => stores.replays.remember('jti', secret, 1),
    purge: () => stores.expiredRows.purgeBatch(1, 1),
  };
  const failures = new Map<string, unknown>();
  for (const [operation, work] of Object.entries(operations)) {
    // Synchronous on SQLite.
    const failure: unknown = await (async () => work())().then(
      () => 'none',
      (error: unknown) => error,
    );
    failures.set(operation, failure);
  }
  return failures;
}

/** What is told of a database that fails, as the application's parts get the stores. */
export function storeFailuresContract(name: DatabaseName): void {
  const ground = Ground.of(name);
  afterEach(() => vi.restoreAllMocks());

  describe('with a statement that is refused', () => {
    it('tells its own code, and logs and shows nothing of what was in it', async () => {
      const dataSource = await ground.connect();
      const stores = guardedOn(storesOn(dataSource));
      const logged: unknown[] = [];
      for (const level of ['log', 'warn', 'error'] as const) {
        vi.spyOn(Logger.prototype, level).mockImplementation((...given: unknown[]) => void logged.push(given));
      }
      for (const { tableName } of dataSource.entityMetadatas) {
        await dataSource.query(`ALTER TABLE ${tableName} RENAME TO ${tableName}_hidden`);
      }
      const secret = `secret-${randomToken()}`;
      const failures = await failuresOf(stores, secret);
      for (const { tableName } of dataSource.entityMetadatas) {
        await dataSource.query(`ALTER TABLE ${tableName}_hidden RENAME TO ${tableName}`);
      }
      expect([...failures].filter(([, error]) => (error as { code?: string }).code !== 'storage_failed')).toEqual([]);
      expect(logged.length).toBeGreaterThan(0);
      expect(inspect([failures, logged], { depth: Infinity, showHidden: true })).not.toContain(secret);
      expect(JSON.stringify([[...failures.values()], logged])).not.toContain(secret);
    });

    it('says which constraint it was, and still not the values', async () => {
      const stores = guardedOn(storesOn(ground.here));
      vi.spyOn(Logger.prototype, 'error').mockReturnValue();
      const session = await insertSession(storesOn(ground.here));
      const again = stores.sessions.insert(session);
      await expect(again).rejects.toMatchObject({ code: 'storage_failed' });
      const gone = stores.transactions.insert(newConnect(newSession()));
      await expect(gone).rejects.toMatchObject({ code: 'storage_failed' });
      const told = inspect(await Promise.allSettled([again, gone]), { depth: Infinity });
      expect(told).toMatch(/23505|1062|CONSTRAINT/);
      expect(told).not.toContain(session.id);
    });
  });

  it('is unavailable, with a time to try again, while there is no connection; and it is said once', async () => {
    const dataSource = await ground.connect();
    const stores = guardedOn(storesOn(dataSource));
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await dataSource.destroy();
    const failures = await failuresOf(stores, randomToken());
    expect([...failures].filter(([, error]) => (error as { code?: string }).code !== 'storage_unavailable')).toEqual(
      [],
    );
    expect([...failures.values()].map((error) => (error as { details?: object }).details)).toEqual(
      Array.from(failures, () => ({ retryAfterSeconds: 2 })),
    );
    expect(warn.mock.calls.length).toBeLessThanOrEqual(1);
  });
}
