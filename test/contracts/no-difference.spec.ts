import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { createDatabase, databases, type DatabaseName } from '../support/databases.js';
import { SnakeCase, UpperCase } from './naming-strategies.js';
import { ownMigrations } from './own-migrations.js';
import { drift } from './stores.kit.js';

const snakeCase = new SnakeCase();
const upperCase = new UpperCase();

type Mode = 'all' | 'each' | 'none';

/** How names come about, and TypeORM's three modes. Neither has influence on the other, so that each is seen a few times. */
const migrated: [string, Mode, object][] = [
  ['names as they are', 'none', {}],
  ['names in snake case', 'each', { namingStrategy: snakeCase }],
  ['an entityPrefix and names in upper case', 'all', { entityPrefix: 'SHOP_', namingStrategy: upperCase }],
];
const synchronized: [string, object][] = [
  ['an entityPrefix', { entityPrefix: 'shop_' }],
  ['an entityPrefix and names in snake case', { entityPrefix: 'shop_', namingStrategy: snakeCase }],
  ['names in upper case', { namingStrategy: upperCase }],
];

// What `migration:generate` would write.
describe.each(databases)('on $name', ({ name, missing }) => {
  describe.skipIf(missing)('nothing is left to generate', () => {
    it.each(migrated)('with %s, after migrations in the transaction mode "%s"', async (_names, mode, naming) => {
      await onDatabase(name, naming, async (dataSource) => {
        expect((await drift(dataSource)).length, 'all of it is to be made').toBeGreaterThan(5);
        const done = await dataSource.runMigrations({ transaction: mode });
        expect(done).toHaveLength(AUTH0_CONNECT_MIGRATIONS.length + ownMigrations.length);
        expect(await drift(dataSource)).toEqual([]);
      });
    });

    it.each(synchronized)('with %s, after synchronize', async (_names, naming) => {
      await onDatabase(name, naming, async (dataSource) => {
        await dataSource.synchronize();
        expect(await drift(dataSource)).toEqual([]);
      });
    });
  });
});

async function onDatabase(
  name: DatabaseName,
  naming: object,
  work: (dataSource: DataSource) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(name);
  const dataSource = await new DataSource({
    ...database.options,
    // A MariaDB read as MySQL shows a default of 'NULL' on every nullable column, which TypeORM takes for drift.
    ...(database.options.type === 'mysql' && { type: 'mariadb' }),
    ...naming,
    entities: AUTH0_CONNECT_ENTITIES,
    migrations: [...ownMigrations, ...AUTH0_CONNECT_MIGRATIONS],
  } as DataSourceOptions).initialize();
  try {
    await work(dataSource);
  } finally {
    await dataSource.destroy();
    await database.drop();
  }
}
