import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource } from 'typeorm';
import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase, databases, type TestDatabase } from '../support/databases.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { expiredRowsContract } from './expired-rows.contract.js';
import { replayStoreContract } from './replay-store.contract.js';
import { SnakeCase, UpperCase } from './naming-strategies.js';
import { ownMigrations } from './own-migrations.js';
import { sealingContract } from './sealing.contract.js';
import { sessionReaderContract } from './session-reader.contract.js';
import { sessionStoreContract } from './session-store.contract.js';
import { drift, Ground, type Variation } from './stores.kit.js';
import {
  apiAccessTokenStoreContract,
  connectionTokenStoreContract,
  tokenStoreContract,
} from './token-store.contract.js';
import { transactionStoreContract } from './transaction-store.contract.js';

/** Answers everything from memory that it has been asked before, unless a query says that it must not. */
class Remembered implements QueryResultCache {
  private readonly answers = new Map<string, QueryResultCacheOptions>();
  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async synchronize(): Promise<void> {}
  async clear(): Promise<void> {}
  async remove(): Promise<void> {}
  isExpired(): boolean {
    return false;
  }
  async getFromCache({ identifier, query }: QueryResultCacheOptions): Promise<QueryResultCacheOptions | undefined> {
    return this.answers.get(identifier ?? query ?? '');
  }
  async storeInCache(options: QueryResultCacheOptions): Promise<void> {
    this.answers.set(options.identifier ?? options.query ?? '', options);
  }
}
const rememberEverything = { alwaysEnabled: true, provider: (): QueryResultCache => new Remembered() };

/** A replica that has heard of nothing yet, not even of the tables. */
async function behindAReplica({ url, options }: TestDatabase) {
  const replica = await createDatabase(options.type === 'postgres' ? 'PostgreSQL' : 'MariaDB');
  const replication = { master: { url }, slaves: [{ url: replica.url }] };
  return { options: { url: undefined, replication }, undo: () => replica.drop() };
}

/** A data source by Nest: one of several, which has its entities from `forFeature` alone. */
async function openByNest({ options }: TestDatabase): Promise<DataSource> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', autoLoadEntities: true }),
      TypeOrmModule.forRoot({
        ...options,
        name: 'sessions',
        autoLoadEntities: true,
        migrations: AUTH0_CONNECT_MIGRATIONS,
        migrationsRun: true,
      }),
      TypeOrmModule.forFeature(AUTH0_CONNECT_ENTITIES, 'sessions'),
    ],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  return app.get(getDataSourceToken('sessions'));
}

async function openBySynchronize({ options }: TestDatabase): Promise<DataSource> {
  return new DataSource({ ...options, entities: AUTH0_CONNECT_ENTITIES, synchronize: true }).initialize();
}

async function openAmongOwnMigrations({ options }: TestDatabase): Promise<DataSource> {
  return new DataSource({
    ...options,
    entities: AUTH0_CONNECT_ENTITIES,
    migrations: [...ownMigrations, ...AUTH0_CONNECT_MIGRATIONS],
    migrationsRun: true,
  }).initialize();
}

/** Each combines what has no influence on each other, so that all of it is seen with few databases. */
const variations: Record<string, Variation> = {
  'snake-case names, entityPrefix, schema, migrations in one transaction': {
    name: 'PostgreSQL',
    async set({ url }) {
      const admin = await new DataSource({ type: 'postgres', url }).initialize();
      await admin.query('CREATE SCHEMA "vault"');
      await admin.destroy();
      const namingStrategy = new SnakeCase();
      return { options: { schema: 'vault', entityPrefix: 'shop_', namingStrategy, migrationsTransactionMode: 'all' } };
    },
  },
  'a replica that is behind, a query cache for everything, own migrations, each in a transaction': {
    name: 'PostgreSQL',
    open: openAmongOwnMigrations,
    async set(database) {
      const { options, undo } = await behindAReplica(database);
      const cache = rememberEverything;
      return { options: { ...options, cache, migrationsTransactionMode: 'each' }, undo };
    },
  },
  'PgBouncer in transaction mode': {
    name: 'PostgreSQL',
    async set({ url = '' }) {
      const pooler = await startPgBouncer(url);
      return { options: { url: pooler.url(new URL(url).pathname.slice(1)) }, undo: () => pooler.stop() };
    },
  },
  'upper-case names, a pool of one, by synchronize': {
    name: 'PostgreSQL',
    open: openBySynchronize,
    set: async () => ({ options: { namingStrategy: new UpperCase(), extra: { max: 1 } } }),
  },
  'a database in latin1, upper-case names, a replica that is behind, own migrations in no transaction': {
    name: 'MariaDB',
    charset: 'latin1',
    open: openAmongOwnMigrations,
    async set(database) {
      const { options, undo } = await behindAReplica(database);
      const namingStrategy = new UpperCase();
      return { options: { ...options, type: 'mariadb', namingStrategy, migrationsTransactionMode: 'none' }, undo };
    },
  },
  'a database in utf8mb3, entityPrefix, a pool of one': {
    name: 'MariaDB',
    charset: 'utf8mb3',
    set: async () => ({ options: { type: 'mariadb', entityPrefix: 'shop_', extra: { connectionLimit: 1 } } }),
  },
  'one of several data sources, autoLoadEntities, migrations in one transaction': {
    name: 'MariaDB',
    open: openByNest,
    set: async () => ({ options: { type: 'mariadb', migrationsTransactionMode: 'all' } }),
  },
  'one of several data sources, autoLoadEntities, snake-case names, each migration in a transaction': {
    name: 'SQLite',
    open: openByNest,
    set: async () => ({ options: { namingStrategy: new SnakeCase(), migrationsTransactionMode: 'each' } }),
  },
  'upper-case names, entityPrefix, own migrations in no transaction, a query cache for everything': {
    name: 'SQLite',
    open: openAmongOwnMigrations,
    set: async () => ({
      options: {
        namingStrategy: new UpperCase(),
        entityPrefix: 'SHOP_',
        migrationsTransactionMode: 'none',
        cache: rememberEverything,
      },
    }),
  },
};

const missing = new Set(databases.filter((database) => database.missing).map(({ name }) => name));
const withoutPooler = inject('services').pgbouncer === undefined;

describe.each(Object.entries(variations))('with %s', (title, variation) => {
  describe.skipIf(missing.has(variation.name) || (withoutPooler && title.startsWith('PgBouncer')))(
    `on ${variation.name}`,
    () => {
      const ground = Ground.of(variation);
      it('the tables are what the entities say', async () => {
        expect(await drift(ground.here)).toEqual([]);
      });
      describe('the session store', () => {
        sessionStoreContract(ground);
      });
      describe('the transaction store', () => {
        transactionStoreContract(ground);
      });
      describe('the store of connection tokens', () => {
        tokenStoreContract(ground, 'connectionTokens');
        connectionTokenStoreContract(ground);
      });
      describe('the store of API access tokens', () => {
        tokenStoreContract(ground, 'apiAccessTokens');
        apiAccessTokenStoreContract(ground);
      });
      describe('the store of token ids', () => {
        replayStoreContract(ground);
      });
      describe('the session reader', () => {
        sessionReaderContract(ground);
      });
      describe('expired rows', () => {
        expiredRowsContract(ground);
      });
      describe('sealing', () => {
        sealingContract(ground);
      });
    },
  );
});
