import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { POSTGRES_URL, type Database } from './settings.js';

/** An empty database, dropped afterwards. For SQLite there is nothing to make: each server has one in memory. */
export async function withScratchDatabase<T>(
  database: Database,
  work: (url: string | undefined) => Promise<T>,
): Promise<T> {
  if (database === 'SQLite') return work(undefined);
  const name = `auth0_connect_bench_${randomBytes(6).toString('hex')}`;
  await asAdmin(`CREATE DATABASE ${name}`);
  try {
    const url = new URL(POSTGRES_URL);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

export async function hasPostgres(): Promise<boolean> {
  try {
    await asAdmin('SELECT 1');
    return true;
  } catch {
    return false;
  }
}

async function asAdmin(statement: string): Promise<void> {
  const client = new Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
