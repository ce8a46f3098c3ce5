import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TypeOrmExpiredRows } from '../../libs/auth0-connect/src/persistence/maintenance/expired-rows.js';
import { Database } from '../../libs/auth0-connect/src/persistence/statements/database.js';
import { databases } from '../support/databases.js';
import { tally, until } from '../support/flows.js';
import { Person } from '../support/person.js';
import { sameAt } from './sample-process.js';
import { NO_ROWS, TwoProcesses } from './two-processes.js';

const postgres = databases.find(({ name }) => name === 'PostgreSQL');

describe.skipIf(postgres?.missing ?? true)('two processes of the sample app on one database', () => {
  let both: TwoProcesses;
  beforeAll(async () => {
    both = await TwoProcesses.start();
  }, 120_000);
  afterAll(async () => both?.stop(), 60_000);
  beforeEach(() => both.control.resetCounts());

  it('know the same session, whichever of them it was begun at', async () => {
    for (const at of [both.a, both.b]) {
      const { person, user } = await both.logIn(both.newUser(), at);
      for (const process of [both.a, both.b]) {
        const answer = await person.request(process.at('/auth/profile'));
        expect(answer.status).toBe(200);
        expect(answer.json()).toMatchObject({ sub: user });
      }
    }
    expect((await new Person().request(both.b.at('/auth/profile'))).status).toBe(401);
  });

  it('forget a session at once when it ends in the other', async () => {
    for (const [one, other] of [
      [both.a, both.b],
      [both.b, both.a],
    ] as const) {
      const { person, sessionId } = await both.logIn();
      const cookie = { cookie: person.cookieHeader(new URL(both.a.url)) };
      const profileAt = async (process: typeof one): Promise<number> =>
        (await new Person().request(process.at('/auth/profile'), { headers: cookie })).status;
      expect([await profileAt(one), await profileAt(other)]).toEqual([200, 200]);
      expect((await person.request(one.at('/auth/logout'))).status).toBe(302);
      expect([await profileAt(other), await profileAt(one)]).toEqual([401, 401]);
      expect(await both.rowsOf(sessionId)).toEqual(NO_ROWS);
    }
  });

  it('exchange once for 200 requests that come to both when the token has expired', async () => {
    const { person } = await both.logInWithExpiredToken();
    both.control.resetCounts();
    const hold = both.control.hold('exchange');
    const requests = Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        person.request((index % 2 === 0 ? both.a : both.b).at('/api/calendar')),
      ),
    );
    await hold.arrived;
    await both.haveBegun();
    hold.release();
    expect(tally(await requests)).toEqual({ 200: 200 });
    expect(both.control.count('exchange')).toBe(1);
    expect(both.control.count('refresh')).toBe(0);
    // With one token, the new one.
    const tokens = both.control.requests.slice(-200).map(({ headers }) => headers.authorization);
    expect(new Set(tokens).size).toBe(1);
  });

  it('share a failure of that exchange, and ask again for the next request', async () => {
    const { person, user } = await both.logInWithExpiredToken();
    both.control.disconnectAccount(user, 'google-oauth2');
    both.control.resetCounts();
    const hold = both.control.hold('exchange');
    const requests = Promise.all(
      Array.from({ length: 40 }, (_, index) => person.request((index % 2 === 0 ? both.a : both.b).at('/api/calendar'))),
    );
    await hold.arrived;
    await both.haveBegun();
    hold.release();
    const answers = await requests;
    expect(new Set(answers.map((answer) => answer.json().errorCode))).toEqual(new Set(['connection_required']));
    const shared = both.control.count('exchange');
    expect(shared).toBeLessThan(40);

    both.control.connectAccount(user, 'google-oauth2', {
      scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
    });
    expect((await person.request(both.b.at('/api/calendar'))).status).toBe(200);
    expect(both.control.count('exchange')).toBe(shared + 1);
  });

  it('let one of two identical login callbacks through to Auth0', async () => {
    for (let round = 0; round < 5; round += 1) {
      both.control.resetCounts();
      const person = new Person();
      const user = both.newUser();
      const callback = await both.pendingLogin(person, user);
      const answers = await Promise.all([both.a, both.b].map((process) => person.request(sameAt(callback, process))));
      expect(both.control.count('code')).toBe(1);
      expect(tally(answers)).toEqual({ 302: 1, 400: 1 });
      const begun = answers.filter(({ headers }) => headers.getSetCookie().length > 0);
      expect(begun.map(({ status }) => status)).toEqual([302]);
      // The session that was begun is this person's.
      expect((await person.request(both.b.at('/auth/profile'))).json()).toMatchObject({ sub: user });
    }
  });

  it('let one of two identical connect callbacks through to Auth0', async () => {
    const { person, user } = await both.logIn();
    for (let round = 0; round < 5; round += 1) {
      const start = (round % 2 === 0 ? both.a : both.b).at('/auth/connect/github?returnTo=/accounts');
      const page = await person.open(start);
      const answer = await person.submit(page, { action: 'approve' }, { until: both.a.url });
      const callback = new URL(answer.location ?? '');
      expect(callback.searchParams.get('connect_code')).toBeTruthy();
      both.control.resetCounts();
      const answers = await Promise.all([both.a, both.b].map((process) => person.request(sameAt(callback, process))));
      expect(both.control.count('complete')).toBe(1);
      expect(tally(answers)).toEqual({ 302: 1, 400: 1 });
      expect(answers.find(({ status }) => status === 302)?.location).toMatch(/\/accounts$/);
    }
    expect(both.control.accounts(user).map(({ connection }) => connection)).toEqual(['github']);
  });

  it('ask for one My Account token between them, however many pages need it', async () => {
    const { person } = await both.logIn();
    const hold = both.control.hold('refresh');
    const requests = Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        person.request((index % 2 === 0 ? both.a : both.b).at('/auth/accounts')),
      ),
    );
    await hold.arrived;
    await both.haveBegun();
    hold.release();
    expect(tally(await requests)).toEqual({ 200: 40 });
    expect(both.control.count('refresh')).toBe(1);
  });

  it('store nothing of an exchange in one when the session has ended in the other', async () => {
    const { person, sessionId } = await both.logInWithExpiredToken();
    const cookie = { cookie: person.cookieHeader(new URL(both.a.url)) };
    const hold = both.control.hold('exchange');
    const late = new Person().request(both.a.at('/api/calendar'), { headers: cookie });
    await hold.arrived;
    expect(await both.rowsOf(sessionId)).toMatchObject({ sessions: 1, connection_tokens: 1 });
    expect((await person.request(both.b.at('/auth/logout'))).status).toBe(302);
    expect(await both.rowsOf(sessionId)).toEqual(NO_ROWS);
    hold.release();
    expect((await late).status).toBeLessThan(500);
    expect(await both.rowsOf(sessionId)).toEqual(NO_ROWS);
    for (const process of [both.a, both.b]) {
      expect((await new Person().request(process.at('/api/calendar'), { headers: cookie })).status).toBe(401);
    }
    const left = await both.dataSource.query('SELECT 1 FROM auth0_connect_connection_tokens WHERE owner = $1', [
      sessionId,
    ]);
    expect(left).toEqual([]);
  });

  it('store nothing of a refresh or a connect in one when the session has ended in the other', async () => {
    const { person, sessionId } = await both.logIn();
    const cookie = { cookie: person.cookieHeader(new URL(both.a.url)) };
    const hold = both.control.hold('refresh');
    const late = new Person().request(both.a.at('/auth/connect/github'), { headers: cookie });
    await hold.arrived;
    expect((await person.request(both.b.at('/auth/logout'))).status).toBe(302);
    hold.release();
    expect((await late).status).toBeLessThan(500);
    expect(await both.rowsOf(sessionId)).toEqual(NO_ROWS);
  });

  it('hold no connection and no transaction of the database while they wait for Auth0', async () => {
    const { person } = await both.logInWithExpiredToken();
    const hold = both.control.hold('exchange');
    const requests = Promise.all(
      Array.from({ length: 50 }, (_, index) => person.request((index % 2 === 0 ? both.a : both.b).at('/api/calendar'))),
    );
    await hold.arrived;
    await until('no transaction is open', async () => {
      const open = await both.dataSource.query<{ count: string }[]>(
        `SELECT count(*) AS count FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
      );
      return Number(open[0]?.count) === 0;
    });
    hold.release();
    expect(tally(await requests)).toEqual({ 200: 50 });
  });

  describe('when one of them is killed', () => {
    it('while it exchanges, the other does so in its place', async () => {
      const doomed = await both.join();
      const { person } = await both.logInWithExpiredToken();
      both.control.resetCounts();
      const hold = both.control.hold('exchange');
      const lost = person.request(doomed.at('/api/calendar')).then(
        () => 'answered',
        () => 'lost',
      );
      await hold.arrived;
      const waiting = person.request(both.b.at('/api/calendar'));
      await both.haveBegun();
      await doomed.kill();
      expect(await lost).toBe('lost');
      const answers = await Promise.all([waiting, person.request(both.a.at('/api/calendar'))]);
      expect(tally(answers)).toEqual({ 200: 2 });
      // The one that died with its process, and the one in its place.
      expect(both.control.count('exchange')).toBe(2);
      hold.release();
    }, 60_000);

    it('between two steps of a login, a session that nobody can use ends by itself in ten minutes', async () => {
      const doomed = await both.join();
      const person = new Person();
      const user = both.newUser();
      const callback = await both.pendingLogin(person, user, doomed);
      // The login stores its session, and then looks for a logout meanwhile: up to here, and no further.
      const lock = both.dataSource.createQueryRunner();
      await lock.startTransaction();
      await lock.query('LOCK TABLE auth0_connect_replays');
      const lost = person.request(sameAt(callback, doomed)).then(
        () => 'answered',
        () => 'lost',
      );
      const rows = (): Promise<{ expires_at: string; last_used_at: string }[]> =>
        both.dataSource.query('SELECT expires_at, last_used_at FROM auth0_connect_sessions WHERE user_id = $1', [user]);
      await until('its session is stored', async () => (await rows()).length === 1);
      await doomed.kill();
      expect(await lost).toBe('lost');
      await lock.rollbackTransaction();
      await lock.release();
      const [left] = await rows();
      expect(Number(left?.expires_at) - Number(left?.last_used_at)).toBe(600_000);
      await both.logIn(user);
      const purge = new TypeOrmExpiredRows(new Database(both.dataSource));
      await purge.purgeBatch(Number(left?.expires_at), 100);
      expect(await rows(), 'the other login’s is left').toHaveLength(1);
    }, 60_000);

    it('while it spends the refresh token, the other does so in its place', async () => {
      const doomed = await both.join({ adapter: 'fastify' });
      const { person } = await both.logIn();
      const hold = both.control.hold('refresh');
      const lost = person.request(doomed.at('/auth/accounts')).then(
        () => 'answered',
        () => 'lost',
      );
      await hold.arrived;
      await doomed.kill();
      expect(await lost).toBe('lost');
      const answers = await Promise.all(
        [both.a, both.b].map((process) => person.request(process.at('/auth/accounts'))),
      );
      expect(tally(answers)).toEqual({ 200: 2 });
      expect(both.control.count('refresh')).toBe(2);
      hold.release();
    }, 60_000);
  });
});
