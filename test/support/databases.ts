import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { Client } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { inject } from 'vitest';
import { chosen } from './chosen.js';

export type DatabaseName = 'SQLite' | 'PostgreSQL' | 'MariaDB';

/** An empty database of its own. */
export interface TestDatabase {
  /** Without entities and migrations. */
  readonly options: DataSourceOptions;
  /** For another process; undefined for a database that lives in this one. */
  readonly url?: string;
  drop(): Promise<void>;
}

export const allDatabases: readonly { name: DatabaseName; missing: boolean }[] = [
  { name: 'SQLite', missing: false },
  { name: 'PostgreSQL', missing: inject('services').postgres === undefined },
  { name: 'MariaDB', missing: inject('services').mariadb === undefined },
];
const wanted = chosen(
  allDatabases.map(({ name }) => name),
  process.env.TEST_DATABASES,
);

/** Those of `TEST_DATABASES`, by default all, with the reason where one cannot be used here. */
export const databases = allDatabases.filter(({ name }) => wanted.includes(name));

/** @param charset of a MariaDB */
export async function createDatabase(name: DatabaseName, charset?: string): Promise<TestDatabase> {
  if (name === 'PostgreSQL') return createPostgres(inject('services').postgres ?? '');
  if (name === 'MariaDB') return createMariadb(inject('services').mariadb ?? '', charset);
  return { options: { type: 'better-sqlite3', database: ':memory:' }, drop: async () => undefined };
}

/** A data source with the library's tables. */
export async function openDatabase(database: TestDatabase): Promise<DataSource> {
  const dataSource = new DataSource({
    ...database.options,
    entities: AUTH0_CONNECT_ENTITIES,
    migrations: AUTH0_CONNECT_MIGRATIONS,
    migrationsRun: true,
  });
  return dataSource.initialize();
}

function freshName(): string {
  return `auth0_connect_test_${randomBytes(6).toString('hex')}`;
}

async function createPostgres(adminUrl: string): Promise<TestDatabase> {
  const name = freshName();
  const asAdmin = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: adminUrl });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await asAdmin(`CREATE DATABASE ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    options: { type: 'postgres', url: url.href },
    url: url.href,
    drop: () => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function createMariadb(adminUrl: string, charset = 'utf8mb4'): Promise<TestDatabase> {
  const name = freshName();
  const asAdmin = async (statement: string): Promise<void> => {
    const connection = await mysql.createConnection({ uri: adminUrl });
    await connection.query(statement);
    await connection.end();
  };
  await asAdmin(`CREATE DATABASE ${name} CHARACTER SET ${charset}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { options: { type: 'mysql', url: url.href }, url: url.href, drop: () => asAdmin(`DROP DATABASE ${name}`) };
}
