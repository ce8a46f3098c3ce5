import { randomUUID } from 'node:crypto';
import { AUTH0_CONNECT_ENTITIES } from 'nestjs-auth0-connect/typeorm';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../libs/auth0-connect/src/persistence/statements/database.js';
import { TypeOrmResealer } from '../../libs/auth0-connect/src/persistence/maintenance/resealer.js';
import { KeyRingCipher } from '../../libs/auth0-connect/src/persistence/sealing/key-ring.cipher.js';
import { SealedColumns } from '../../libs/auth0-connect/src/persistence/sealing/sealed-columns.js';
import { TypeOrmConnectionTokenStore } from '../../libs/auth0-connect/src/persistence/stores/connection-token.store.js';
import { TypeOrmSessionStore } from '../../libs/auth0-connect/src/persistence/stores/session.store.js';
import { TypeOrmTransactionStore } from '../../libs/auth0-connect/src/persistence/stores/transaction.store.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { createDatabase, databases, openDatabase, type TestDatabase } from '../support/databases.js';

const OLD = 'the old secret, which is long enough to be one';
const NEW = 'the new secret, which is long enough to be one';
const LOST = 'a lost secret, which is long enough to be one';
const FAR = Date.now() + 1_000_000_000;

/** The stores under a list of secrets, as another start of the application has them. */
function storesUnder(dataSource: DataSource, ...secrets: string[]) {
  const sealed = new SealedColumns(new KeyRingCipher(secrets));
  return {
    sessions: new TypeOrmSessionStore(new Database(dataSource), sealed, 'instance'),
    transactions: new TypeOrmTransactionStore(new Database(dataSource), sealed, 'instance'),
    tokens: new TypeOrmConnectionTokenStore(new Database(dataSource), sealed, 100),
    resealer: new TypeOrmResealer(new Database(dataSource), new KeyRingCipher(secrets)),
  };
}

type Stores = ReturnType<typeof storesUnder>;

async function fill({ sessions, transactions, tokens }: Stores) {
  const session = {
    id: digest(randomUUID()),
    issuerOrigin: 'https://a.example',
    userKey: digest('alice'),
    userId: 'auth0|alice',
    claims: { sub: 'auth0|alice' },
    createdAt: 1,
    lastUsedAt: 1,
    expiresAt: FAR,
    absoluteExpiresAt: FAR,
    refreshToken: 'refresh token',
    idToken: 'ID token',
  };
  await sessions.insert(session);
  const transaction = {
    id: digest(randomUUID()),
    owner: digest('browser'),
    transaction: { kind: 'login' as const, codeVerifier: 'verifier', nonce: 'nonce' },
    createdAt: 1,
    expiresAt: FAR,
  };
  await transactions.insert(transaction as unknown as Parameters<Stores['transactions']['insert']>[0]);
  const slot = {
    owner: session.id,
    id: digest('google'),
    userKey: session.userKey,
    sessionId: session.id,
    connection: 'google-oauth2',
    loginHintKey: '',
  };
  await tokens.claim(slot, { lease: 'lease', leaseExpiresAt: FAR });
  await tokens.complete(slot, 'lease', { accessToken: 'google token', scopes: ['a'], obtainedAt: 1, expiresAt: FAR });
  return { session, transaction, slot };
}

describe.each(databases)('resealing on $name', ({ name, missing }) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    if (missing) return;
    database = await createDatabase(name);
    dataSource = await openDatabase(database);
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  it.skipIf(missing)(
    'moves every value to the first secret, in batches, so that the others can be taken out',
    async () => {
      const rows = [];
      for (let count = 0; count < 5; count += 1) rows.push(await fill(storesUnder(dataSource, OLD)));
      const both = storesUnder(dataSource, NEW, OLD);

      const report = await both.resealer.reseal(2);

      expect(report).toEqual({ resealed: 15, unreadable: 0 });
      const { sessions, transactions, tokens } = storesUnder(dataSource, NEW);
      for (const { session, transaction, slot } of rows) {
        expect(await sessions.readCredentials(session.id)).toMatchObject({
          refreshToken: 'refresh token',
          idToken: 'ID token',
        });
        expect(await transactions.find(transaction.id)).toMatchObject({ transaction: { codeVerifier: 'verifier' } });
        expect(await tokens.find(slot)).toMatchObject({ token: { accessToken: 'google token' } });
      }
      expect(await both.resealer.reseal(2), 'nothing is left to do').toEqual({ resealed: 0, unreadable: 0 });
    },
  );

  it.skipIf(missing)('leaves what it cannot open as it is, and says how many', async () => {
    const { session } = await fill(storesUnder(dataSource, LOST));

    const report = await storesUnder(dataSource, NEW).resealer.reseal(100);

    expect(report.unreadable).toBe(3);
    expect(await storesUnder(dataSource, LOST).sessions.readCredentials(session.id)).toMatchObject({
      refreshToken: 'refresh token',
    });
  });

  it.skipIf(missing)('knows every sealed column there is', async () => {
    await fill(storesUnder(dataSource, OLD));
    await storesUnder(dataSource, NEW, OLD).resealer.reseal(100);
    const opensWithOld = new KeyRingCipher([OLD]);
    const left: string[] = [];
    for (const entity of AUTH0_CONNECT_ENTITIES) {
      for (const row of await dataSource.getRepository<object>(entity).find()) {
        for (const [property, value] of Object.entries(row)) {
          if (typeof value === 'string' && opensWithOld.isCurrent(value)) left.push(`${entity.name}.${property}`);
        }
      }
    }
    expect(left).toEqual([]);
  });
});
