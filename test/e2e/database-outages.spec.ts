import { Logger } from '@nestjs/common';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { allDatabases, createDatabase, type TestDatabase } from '../support/databases.js';
import { errorCodeOf } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { TestApp } from '../support/test-app.js';

const MINUTES = 60_000;

/** What still works while the database or Auth0 does not. */
describe.each(allDatabases.filter(({ name }) => name !== 'MariaDB'))('an outage on $name', ({ name, missing }) => {
  let database: TestDatabase;
  let tenant: LocalTenant;
  let test: TestApp;
  let alice: Person;

  beforeAll(async () => {
    if (missing) return;
    database = await createDatabase(name);
    tenant = await startLocalTenant();
    test = await TestApp.start('Express', { database: database.options, sharedTenant: tenant });
    alice = await test.logIn();
    await test.connect(alice, 'google-oauth2');
    await alice.request(test.at('/calendar'));
  });
  afterAll(async () => {
    await test?.stop();
    await database?.drop();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** As a standby is, or a disk that is full. */
  async function readOnly(isOn: boolean): Promise<void> {
    if (name === 'SQLite') {
      await test.database.query(`PRAGMA query_only = ${isOn ? 'ON' : 'OFF'}`);
      return;
    }
    // For the connections that are made from now on: there are none.
    await admin(`ALTER DATABASE ${nameOf(database)} SET default_transaction_read_only = ${isOn ? 'on' : 'off'}`);
    await admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(database)}'`);
    await vi.waitFor(() => test.database.query('SELECT 1'), { timeout: 10_000 });
  }

  it.skipIf(missing)('leaves a valid session valid on a read-only database, and says so once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 10 * MINUTES); // so that the session is to be touched
    await readOnly(true);
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await alice.request(test.at('/auth/profile'))).status);
      statuses.push((await alice.request(test.at('/calendar'))).status);
    }
    const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const login = await new Person().request(test.at('/auth/login'), { headers });
    await readOnly(false);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
    expect([login.status, errorCodeOf(login)]).toEqual([503, 'storage_unavailable']);
    const touches = warn.mock.calls.filter(([message]) => String(message).startsWith('Sessions go on'));
    expect(touches).toHaveLength(1);
  });

  // No other database's disk is full without filling that of the machine.
  const canBeFull = [name].filter((one) => one === 'SQLite');
  it.skipIf(missing).each(canBeFull)('leaves a valid session valid on a full disk, with %s', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const [{ page_count: pages } = { page_count: 0 }] =
      await test.database.query<{ page_count: number }[]>('PRAGMA page_count');
    await test.database.query(`PRAGMA max_page_count = ${pages}`);
    const begin = (): Promise<Answer> => new Person().request(test.at('/auth/login'));
    let refused = await begin();
    // There may be room for a few rows.
    for (let count = 0; count < 50 && refused.status === 302; count += 1) refused = await begin();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 20 * MINUTES);
    const served = [
      await alice.request(test.at('/auth/profile')),
      await alice.request(test.at('/calendar')),
      await alice.request(test.at('/auth/logout')),
    ];
    await test.database.query('PRAGMA max_page_count = 1000000');
    expect([refused.status, refused.headers.get('retry-after'), errorCodeOf(refused)]).toEqual([
      503,
      '2',
      'storage_unavailable',
    ]);
    expect(served.map(({ status }) => status)).toEqual([200, 200, 302]);
    vi.useRealTimers();
    alice = await test.logIn();
    await alice.request(test.at('/calendar'));
  });

  // SQLite locks no rows.
  const locksRows = [name].filter((one) => one !== 'SQLite');
  it.skipIf(missing).each(locksRows)('lets no request wait for a row that somebody has locked on %s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 30 * MINUTES);
    const other = test.database.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT * FROM auth0_connect_sessions FOR UPDATE');
    expect((await alice.request(test.at('/auth/profile'))).status).toBe(200);
    await other.rollbackTransaction();
    await other.release();
  });

  it.skipIf(missing)('serves a fresh token that is stored while Auth0 is away', async () => {
    await tenant.stop();
    expect((await alice.request(test.at('/calendar'))).status).toBe(200);
  });
});

function nameOf({ url }: TestDatabase): string {
  return new URL(url ?? '').pathname.slice(1);
}

async function admin(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('services').postgres });
  await client.connect();
  await client.query(statement);
  await client.end();
}
