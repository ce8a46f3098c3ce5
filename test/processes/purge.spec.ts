import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../libs/auth0-connect/src/persistence/statements/database.js';
import { TypeOrmExpiredRows } from '../../libs/auth0-connect/src/persistence/maintenance/expired-rows.js';
import { databases } from '../support/databases.js';
import { CALENDAR_SCOPE } from '../support/test-app.js';
import { tally } from '../support/flows.js';
import { Person } from '../support/person.js';
import { sameAt } from './sample-process.js';
import { TwoProcesses } from './two-processes.js';

const postgres = databases.find(({ name }) => name === 'PostgreSQL');
const EXPIRED = 600;

/** The purge runs in this process, a third one on the database of the other two. */
describe.skipIf(postgres?.missing ?? true)('a purge while people use two processes', () => {
  let both: TwoProcesses;
  let saidAtStart: number[];
  beforeAll(async () => {
    both = await TwoProcesses.start();
    saidAtStart = [both.a, both.b].map(({ output }) => output.length);
  }, 120_000);
  afterAll(async () => both?.stop(), 60_000);

  it('removes what has expired, and disturbs no login, no connect and no token', async () => {
    const { id, user_key: userKey } = await oneSession();
    await seedExpired(userKey);
    expect(await expiredLeft()).toBe(2 * EXPIRED);
    const rows = new TypeOrmExpiredRows(new Database(both.dataSource));
    const day = { isOver: false };
    const purging = (async () => {
      let removed = 0;
      // In tiny batches, so that it lasts as long as they do.
      while (!day.isOver || (await expiredLeft()) > 0) removed += await rows.purgeBatch(Date.now(), 5);
      return removed;
    })();

    const people = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const [one, other] = index % 2 === 0 ? [both.a, both.b] : [both.b, both.a];
        const user = both.newUser();
        const person = new Person();
        const callback = await both.pendingLogin(person, user, one);
        // Begun at one, completed at the other.
        const login = await person.request(sameAt(callback, other));
        both.control.connectAccount(user, 'google-oauth2', { scopes: [CALENDAR_SCOPE] });
        const answers = [];
        for (const process of [one, other, one]) answers.push(await person.request(process.at('/api/calendar')));
        return { person, login, answers };
      }),
    );
    day.isOver = true;
    const removed = await purging;

    expect(tally(people.map(({ login }) => login))).toEqual({ 302: 12 });
    expect(tally(people.flatMap(({ answers }) => answers))).toEqual({ 200: 36 });
    expect(removed).toBe(2 * EXPIRED);
    expect(await expiredLeft()).toBe(0);
    const afterwards = people.flatMap(({ person }) =>
      [both.a, both.b].map((process) => person.request(process.at('/auth/profile'))),
    );
    expect(tally(await Promise.all(afterwards))).toEqual({ 200: 24 });
    expect(await both.rowsOf(id)).toMatchObject({ sessions: 1 });
    // Before they served, one may have met the other at the migrations.
    const said = [both.a, both.b].map(({ output }, index) => output.slice(saidAtStart[index]));
    for (const output of said) expect(output).not.toMatch(/error|warn/i);
  }, 60_000);

  it('ends no session that is used at the moment of its expiry', async () => {
    const rows = new TypeOrmExpiredRows(new Database(both.dataSource));
    const { person, sessionId } = await both.logIn();
    // It has a minute left, and was last used two minutes ago: the next request moves both.
    await both.dataSource.query(
      'UPDATE auth0_connect_sessions SET last_used_at = last_used_at - 120000, expires_at = $2 WHERE id = $1',
      [sessionId, Date.now() + 60_000],
    );
    expect((await person.request(both.a.at('/auth/profile'))).status).toBe(200);
    await rows.purgeBatch(Date.now() + 61_000, 1000);
    expect((await person.request(both.b.at('/auth/profile'))).status).toBe(200);

    await both.dataSource.query('UPDATE auth0_connect_sessions SET expires_at = $2 WHERE id = $1', [
      sessionId,
      Date.now() - 1,
    ]);
    await rows.purgeBatch(Date.now(), 1000);
    expect((await person.request(both.b.at('/auth/profile'))).status).toBe(401);
    expect(await both.rowsOf(sessionId)).toMatchObject({ sessions: 0 });
  });

  async function oneSession(): Promise<{ id: string; user_key: string }> {
    const { sessionId } = await both.logIn();
    const [row] = await both.dataSource.query<{ id: string; user_key: string }[]>(
      'SELECT id, user_key FROM auth0_connect_sessions WHERE id = $1',
      [sessionId],
    );
    return row!;
  }

  /** Sessions of the same user, and pending logins, all of them over. */
  async function seedExpired(userKey: string): Promise<void> {
    await both.dataSource.query(
      `INSERT INTO auth0_connect_sessions (id, instance_key, domain, user_key, user_id, claims, grant_version,
         login_required, created_at, last_used_at, expires_at, absolute_expires_at)
       SELECT md5(n::text || $1), instance_key, domain, user_key, user_id, claims, 1, false, 1, 1, 2, 3
       FROM auth0_connect_sessions, generate_series(1, $2) n WHERE user_key = $3`,
      [randomUUID(), EXPIRED, userKey],
    );
    await both.dataSource.query(
      `INSERT INTO auth0_connect_transactions (id, instance_key, kind, owner, payload, created_at, expires_at)
       SELECT md5(n::text || $1), 'none', 'login', 'nobody', '', 1, 2 FROM generate_series(1, $2) n`,
      [randomUUID(), EXPIRED],
    );
  }

  async function expiredLeft(): Promise<number> {
    const counts = await Promise.all(
      ['sessions', 'transactions'].map((table) =>
        both.dataSource.query<{ count: string }[]>(
          `SELECT count(*) AS count FROM auth0_connect_${table} WHERE expires_at = 2`,
        ),
      ),
    );
    return counts.flat().reduce((sum, { count }) => sum + Number(count), 0);
  }
});
