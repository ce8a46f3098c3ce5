import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tally } from '../support/flows.js';
import { PgBouncer } from './engines/pgbouncer.js';
import { POSTGRES_ACCOUNT, PostgresServer } from './engines/postgres.js';
import { Workplace } from './engines/workplace.js';
import { callbacksSuite } from './suites/callbacks.suite.js';
import { exchangeSuite } from './suites/exchange.suite.js';
import { logoutSuite, promptLogoutSuite } from './suites/logout.suite.js';
import { rotationSuite } from './suites/rotation.suite.js';
import { AppNodes } from './support/app-nodes.js';
import { rounds } from './support/form.js';

/** Fewer than the processes have connections, so that each statement may come to another one. */
const POOL_SIZE = 4;

describe('PgBouncer in transaction mode before PostgreSQL, two processes of the application', () => {
  let place: Workplace;
  let postgres: PostgresServer;
  let bouncer: PgBouncer;
  let app: AppNodes;
  beforeAll(async () => {
    place = await Workplace.create(POSTGRES_ACCOUNT);
    postgres = await PostgresServer.create(place, 'server');
    await postgres.execute('CREATE DATABASE app');
    bouncer = await PgBouncer.start(place, postgres, { mode: 'transaction', poolSize: POOL_SIZE });
    const dataSource = { type: 'postgres' as const, url: bouncer.url('app') };
    const observer = { type: 'postgres' as const, url: postgres.url('app') };
    app = await AppNodes.start({ dataSources: [dataSource, dataSource], observer });
  });
  afterAll(async () => {
    await app?.stop();
    await bouncer?.stop();
    await postgres?.stop();
    await place?.remove();
  });
  beforeEach(() => app.control.resetCounts());

  it('people log in, at both processes at once', async () => {
    const count = rounds(8, 60);
    const logins = Array.from({ length: count }, (_, index) => app.logIn(undefined, app.node(index)));
    const failed = (await Promise.allSettled(logins)).filter(({ status }) => status === 'rejected');
    expect(failed).toEqual([]);
  });

  it('and use what they have connected', async () => {
    const { person } = await app.logInWithExpiredToken();
    const count = rounds(40, 1000);
    const answers = [];
    for (let asked = 0; asked < count; asked += 20) {
      const some = Array.from({ length: 20 }, (_, index) => person.request(app.node(index).at('/calendar')));
      answers.push(...(await Promise.all(some)));
    }
    expect(tally(answers)).toEqual({ 200: count });
  });

  callbacksSuite(() => app);
  exchangeSuite(() => app);
  rotationSuite(() => app);
  logoutSuite(() => app);
  promptLogoutSuite(() => app);
});
