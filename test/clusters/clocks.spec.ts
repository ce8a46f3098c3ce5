import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SampleProcess } from '../processes/sample-process.js';
import { tally } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { POSTGRES_ACCOUNT, PostgresServer } from './engines/postgres.js';
import { Workplace } from './engines/workplace.js';
import { AppNodes, AUDIENCES } from './support/app-nodes.js';
import { rounds } from './support/form.js';
import { inTime } from './support/in-time.js';

const HOUR_MS = 3_600_000;
/** Longer than any lease, and much shorter than the clocks are apart. */
const AT_MOST_MS = 40_000;

describe('processes whose clocks differ, on one PostgreSQL', () => {
  let place: Workplace;
  let postgres: PostgresServer;
  let app: AppNodes;
  const dataSource = () => ({ type: 'postgres' as const, url: postgres.url('app') });
  beforeAll(async () => {
    place = await Workplace.create(POSTGRES_ACCOUNT);
    postgres = await PostgresServer.create(place, 'server');
    await postgres.execute('CREATE DATABASE app');
    app = await AppNodes.start({ dataSources: [dataSource(), dataSource()], observer: dataSource() });
  });
  afterAll(async () => {
    await app?.stop();
    await postgres?.stop();
    await place?.remove();
  });
  beforeEach(() => {
    app.rotation = false;
    app.control.resetCounts();
  });

  describe('when a process is killed that waits for Auth0, and whose clock was an hour ahead', () => {
    let token: Answer;
    let refreshed: Answer;
    beforeAll(async () => {
      const [one, other] = [await app.logInWithExpiredToken(), await app.logIn()];
      const ahead = await app.join(dataSource(), { clockShiftMs: HOUR_MS });
      const paths = ['/calendar', `/tokens?audience=${AUDIENCES[0]}`] as const;
      const ask = (node: SampleProcess): Promise<Answer>[] => [
        one.person.request(node.at(paths[0])),
        other.person.request(node.at(paths[1])),
      ];
      const held = [app.control.hold('exchange'), app.control.hold('refresh')];
      const lost = Promise.allSettled(ask(ahead));
      await inTime('Auth0 is asked for both', Promise.all(held.map(({ arrived }) => arrived)), 20_000);
      await ahead.kill();
      await lost;
      for (const hold of held) hold.release();
      [token, refreshed] = (await inTime('the other has both', Promise.all(ask(app.node(0))), AT_MOST_MS)) as [
        Answer,
        Answer,
      ];
    });

    it('the token that it was about to have can be had soon', () => {
      expect(token.status).toBe(200);
    });

    it('the refresh token that it held can be used soon', () => {
      expect(refreshed.status).toBe(200);
    });
  });

  it.each([
    ['90 seconds ahead', 90_000],
    ['90 seconds behind', -90_000],
  ])('a refresh token that rotates is spent once, when one clock is %s', async (_, clockShiftMs) => {
    app.rotation = true;
    const wrong = await app.join(dataSource(), { clockShiftMs });
    for (let round = 0; round < rounds(1, 10); round += 1) {
      const { person } = await app.logIn();
      const before = app.control.requests.length;
      const hold = app.control.hold('refresh');
      const asking = Promise.all(
        AUDIENCES.flatMap((audience) =>
          [app.node(0), wrong, app.node(1)].map((node) => person.request(node.at(`/tokens?audience=${audience}`))),
        ),
      );
      await inTime('Auth0 is asked', hold.arrived, 20_000);
      await Promise.all([...app.nodes, wrong].map((node) => new Person().request(node.at('/auth/profile'))));
      hold.release();
      expect(tally(await asking)).toEqual({ 200: 3 * AUDIENCES.length });
      const spent = app.control.requests.slice(before).filter(({ kind }) => kind === 'refresh');
      expect(spent.map(({ status }) => status)).toEqual(spent.map(() => 200));
    }
    await wrong.stop();
  });

  it('an exchange is made once, when one clock is 90 seconds ahead', async () => {
    const ahead = await app.join(dataSource(), { clockShiftMs: 90_000 });
    const { person } = await app.logInWithExpiredToken();
    app.control.resetCounts();
    const hold = app.control.hold('exchange');
    const asking = Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        person.request([app.node(0), ahead, app.node(1)][index % 3]!.at('/calendar')),
      ),
    );
    await inTime('Auth0 is asked', hold.arrived, 20_000);
    await Promise.all([...app.nodes, ahead].map((node) => new Person().request(node.at('/auth/profile'))));
    hold.release();
    expect(tally(await asking)).toEqual({ 200: 30 });
    expect(app.control.count('exchange')).toBe(1);
    await ahead.stop();
  });
});
