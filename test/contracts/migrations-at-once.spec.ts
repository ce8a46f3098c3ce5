import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, databases, type DatabaseName, type TestDatabase } from '../support/databases.js';
import { drift } from './stores.kit.js';

@Module({})
class ProcessModule {}

/** How much TypeORM puts into one transaction. On MariaDB a statement that changes a table ends it early. */
const MODES = ['all', 'each'] as const;

/** In latin1 there is more to change. */
const places = databases.flatMap((database) =>
  database.name === 'MariaDB' ? [database, { ...database, charset: 'latin1' }] : [{ ...database, charset: undefined }],
) as { name: DatabaseName; missing: boolean; charset?: string }[];

describe.each(places.flatMap((place) => MODES.map((mode) => ({ ...place, mode }))))(
  'several processes that migrate an empty database at once on $name ($charset, one transaction for $mode)',
  ({ name, missing, charset, mode }) => {
    let folder: string;
    let database: TestDatabase;
    beforeAll(async () => {
      if (missing) return;
      folder = await mkdtemp(join(tmpdir(), 'migrations-'));
      database = await createDatabase(name, charset);
    });
    afterAll(async () => {
      await database?.drop();
      if (folder) await rm(folder, { recursive: true });
    });

    it.skipIf(missing)('all start, and leave what one alone would leave', async () => {
      const place = name === 'SQLite' && { database: join(folder, 'shared.sqlite') };
      const options = {
        ...database.options,
        // A MariaDB read as MySQL shows a default of 'NULL' on every nullable column, which TypeORM takes for drift.
        ...(name === 'MariaDB' && { type: 'mariadb' }),
        ...place,
        entities: AUTH0_CONNECT_ENTITIES,
        migrations: AUTH0_CONNECT_MIGRATIONS,
        migrationsRun: true,
        migrationsTransactionMode: mode,
        // At once, and as often as it takes: so that they meet in every migration.
        retryAttempts: 100,
        retryDelay: 10,
        verboseRetryLog: false,
      } as TypeOrmModuleOptions;
      const apps = await Promise.all(
        Array.from({ length: 8 }, () =>
          NestFactory.createApplicationContext(
            { module: ProcessModule, imports: [TypeOrmModule.forRoot(options)] },
            { logger: false, abortOnError: false },
          ),
        ),
      );
      const [first] = apps.map((app) => app.get(DataSource));
      expect(await drift(first!)).toEqual([]);
      const done = await first!.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY name');
      expect(done.map((row) => row.name)).toEqual(
        AUTH0_CONNECT_MIGRATIONS.map((migration) => migration.name).toSorted(),
      );
      await Promise.all(apps.map((app) => app.close()));
    });
  },
);
