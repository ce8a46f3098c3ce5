import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, databases, type TestDatabase } from '../support/databases.js';
import { drift } from './stores.kit.js';

const prefixes = [
  ['without a prefix', ''],
  ['with an entityPrefix', 'shop_'],
] as const;

describe.each(databases.map(({ name, missing }) => [name, missing] as const))(
  'the migrations on %s',
  (name, missing) => {
    describe.skipIf(missing).each(prefixes)('%s', (_, entityPrefix) => {
      let database: TestDatabase;
      let dataSource: DataSource;

      beforeEach(async () => {
        database = await createDatabase(name);
        dataSource = await connect(database, entityPrefix);
      });
      afterEach(async () => {
        await dataSource?.destroy();
        await database?.drop();
      });

      it('lead to what the entities say', async () => {
        await dataSource.runMigrations();
        expect(await drift(dataSource)).toEqual([]);
      });

      it('are seen to differ from the entities as soon as an index or a column is missing', async () => {
        await dataSource.runMigrations();
        const table = `${entityPrefix}auth0_connect_sessions`;
        const queryRunner = dataSource.createQueryRunner();
        const index = (await queryRunner.getTable(table))?.indices.find(({ columnNames }) =>
          columnNames.includes('expires_at'),
        );

        await queryRunner.dropIndex(table, index ?? 'no index on expires_at');
        const withoutIndex = await drift(dataSource);
        await queryRunner.dropColumn(table, 'last_used_at');
        const withoutColumn = await drift(dataSource);
        await queryRunner.release();

        expect(withoutIndex).toEqual([expect.stringMatching(/index.*expires_at/i)]);
        expect(withoutColumn.join('\n')).toContain('last_used_at');
      });

      it('run up, down to the last, and up again', async () => {
        const done = await dataSource.runMigrations();
        expect(done.map((migration) => migration.name)).toEqual(
          AUTH0_CONNECT_MIGRATIONS.map((migration) => migration.name),
        );
        const tables = await ourTables(dataSource);
        expect(tables).toEqual(dataSource.entityMetadatas.map(({ tableName }) => tableName).toSorted());

        for (let left = done.length; left > 0; left -= 1) await dataSource.undoLastMigration();
        expect(await ourTables(dataSource)).toEqual([]);

        await dataSource.runMigrations();
        expect(await ourTables(dataSource)).toEqual(tables);
        expect(await drift(dataSource)).toEqual([]);
      });

      it('do nothing the second time', async () => {
        await dataSource.runMigrations();
        expect(await dataSource.runMigrations()).toEqual([]);
      });
    });

    it.skipIf(missing)('serve two applications in one database, each with a prefix of its own', async () => {
      const database = await createDatabase(name);
      const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
      // Every connection to SQLite's :memory: has a database of its own.
      const place = name === 'SQLite' ? { database: join(folder, 'shared.sqlite') } : {};
      const first = await connect(database, 'first_', place);
      const second = await connect(database, 'second_', place);
      try {
        await first.runMigrations();
        await second.runMigrations();
        expect(await ourTables(second)).toHaveLength(2 * second.entityMetadatas.length);

        await first.undoLastMigration();
        expect(await drift(second)).toEqual([]);
      } finally {
        await first.destroy();
        await second.destroy();
        await database.drop();
        await rm(folder, { recursive: true });
      }
    });
  },
);

async function connect({ options }: TestDatabase, entityPrefix: string, place = {}): Promise<DataSource> {
  const dataSource = new DataSource({
    ...options,
    // A MariaDB read as MySQL shows a default of 'NULL' on every nullable column, which TypeORM takes for drift.
    ...(options.type === 'mysql' && { type: 'mariadb' }),
    ...place,
    entityPrefix,
    // Its default name has no prefix: two applications in one database would share it.
    migrationsTableName: `${entityPrefix}migrations`,
    entities: AUTH0_CONNECT_ENTITIES,
    migrations: AUTH0_CONNECT_MIGRATIONS,
  } as DataSourceOptions);
  return dataSource.initialize();
}

async function ourTables(dataSource: DataSource): Promise<string[]> {
  const queries: Partial<Record<DataSource['options']['type'], string>> = {
    'better-sqlite3': "SELECT name FROM sqlite_master WHERE type = 'table'",
    postgres: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
    mariadb: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()',
  };
  const rows = await dataSource.query<{ name: string }[]>(queries[dataSource.options.type] ?? '');
  return rows
    .map(({ name }) => name)
    .filter((name) => name.includes('auth0_connect'))
    .toSorted();
}
