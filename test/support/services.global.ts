import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

/** What is there besides Node. A test that needs what is missing is skipped, and fails where `CI` is set. */
export type Services = {
  postgres?: string;
  mariadb?: string;
  redis?: string;
  pgbouncer?: string;
  chromium?: string;
};

declare module 'vitest' {
  export interface ProvidedContext {
    services: Services;
  }
}

const POSTGRES_URL = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const MARIADB_URL = process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/mysql';
const REDIS_URL = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'];
const CHROMIUM = [
  process.env.TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export default async function setup(project: TestProject): Promise<void> {
  const services: Services = {
    postgres: (await answersPostgres()) ? POSTGRES_URL : undefined,
    mariadb: (await answersMariadb()) ? MARIADB_URL : undefined,
    redis: (await answersRedis()) ? REDIS_URL : undefined,
    pgbouncer: PGBOUNCER.find((path) => existsSync(path)),
    chromium: CHROMIUM.find((path) => path !== undefined && existsSync(path)),
  };
  const missing = Object.entries(services).flatMap(([name, found]) => (found === undefined ? [name] : []));
  if (missing.length > 0) {
    const message = `Not there, so the tests that need them are skipped: ${missing.join(', ')}`;
    if (process.env.CI) throw new Error(message);
    process.stdout.write(`${message}\n`);
  }
  project.provide('services', services);
}

async function answersPostgres(): Promise<boolean> {
  const client = new Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function answersMariadb(): Promise<boolean> {
  try {
    const connection = await mysql.createConnection({ uri: MARIADB_URL, connectTimeout: 2000 });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

async function answersRedis(): Promise<boolean> {
  const client = new Redis(REDIS_URL, { lazyConnect: true, connectTimeout: 2000, retryStrategy: () => null });
  client.on('error', () => undefined); // said by what is awaited, too
  try {
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
