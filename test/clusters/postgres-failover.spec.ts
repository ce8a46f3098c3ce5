import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/flows.js';
import type { Answer } from '../support/person.js';
import { PostgresPair } from './engines/postgres-pair.js';
import { AUDIENCES, AppNodes } from './support/app-nodes.js';
import { Crowd, WITH_ROTATION, WITH_TOKEN_VAULT, summaryOf, type Attempt } from './support/crowd.js';
import { rounds } from './support/form.js';
import { inTime } from './support/in-time.js';
import { Random } from './support/random.js';

/** How many answers show that all is well, before the outage and after it; and how many that nothing is, in it. */
const SERVED = rounds(40, 200);
const REFUSED = rounds(20, 60);

const DRIVER = { connectTimeoutMS: 3000, extra: { query_timeout: 5000 } };

const SCENARIOS = [
  { what: 'the primary is killed while refresh tokens rotate', suddenly: true, rotation: true },
  { what: 'the primary goes down in order while people use Token Vault', suddenly: false, rotation: false },
  { what: 'the primary goes down in order while refresh tokens rotate', suddenly: false, rotation: true },
  { what: 'the primary is killed while people use Token Vault', suddenly: true, rotation: false },
];

describe.each(SCENARIOS.slice(0, rounds(1, 4)))(
  'PostgreSQL behind HAProxy: $what, and the standby takes over',
  (scenario) => {
    const { suddenly, rotation } = scenario;
    let pair: PostgresPair;
    let app: AppNodes;
    let crowd: Crowd;
    let during: Attempt[];
    let afterwards: Attempt[];
    /** What Auth0 said to each. */
    let refreshes: number[];
    let departed: number[];

    beforeAll(async () => {
      pair = await PostgresPair.start();
      app = await startApp(pair);
      app.rotation = rotation;
      // Tokens are fresh for a second, so that there is always one to be got.
      app.control.setProviderTokenLifetime(61);
      app.control.setTokenLifetimes({ accessToken: 61 });
      crowd = new Crowd(app, new Random(1), rotation ? WITH_ROTATION : WITH_TOKEN_VAULT);
      await crowd.gather(10);
      crowd.begin();
      await untilAnswered(SERVED, 200);
      await pair.goDown({ suddenly });
      await untilAnswered(REFUSED, 503);
      await pair.takeOver();
      await untilAnswered(SERVED, 200);
      await crowd.end();
      during = crowd.attempts.slice();
      refreshes = app.control.requests.filter(({ kind }) => kind === 'refresh').map(({ status }) => status);
      afterwards = await crowd.finalRound();
      departed = await crowd.lookOfTheDeparted();
    });
    afterAll(async () => {
      await app?.stop();
      await pair?.stop();
    });

    /** So many more requests have come to that. */
    async function untilAnswered(count: number, status: number): Promise<void> {
      const before = crowd.mark;
      const answered = (): number => crowd.attempts.slice(before).filter(({ outcome }) => outcome === status).length;
      await until(`${count} are answered with ${status}`, () => answered() >= count);
    }

    it('no process dies', () => {
      expect(app.nodes.map(({ endedBy }) => endedBy)).toEqual([undefined, undefined]);
    });

    it('every request is answered', () => {
      expect(summaryOf(during.filter(({ outcome }) => outcome === 'lost' || outcome === 'hangs'))).toEqual([]);
    });

    it('what cannot be done meanwhile is answered with 503, and when to ask again', () => {
      const refused = during.filter(({ outcome }) => typeof outcome === 'number' && outcome >= 500);
      expect(summaryOf(refused.filter((attempt) => !isToBeRetried(attempt)))).toEqual([]);
    });

    it('nobody who is logged in is told to log in', () => {
      expect(summaryOf(during.filter(({ operation, outcome }) => operation !== 'login' && outcome === 401))).toEqual(
        [],
      );
    });

    it('Auth0 is shown no refresh token that it has replaced', () => {
      expect(refreshes.length).toBeGreaterThan(0);
      expect(refreshes.filter((status) => status !== 200)).toEqual([]);
    });

    it('everybody is still logged in at both processes, and gets every token, without a restart', () => {
      expect(afterwards.length).toBeGreaterThan(0);
      expect(summaryOf(afterwards.filter(({ outcome }) => outcome !== 200))).toEqual([]);
    });

    it('everybody who has logged out stays logged out', () => {
      expect(departed.filter((status) => status !== 401)).toEqual([]);
    });
  },
);

describe('a refresh token that Auth0 replaces while the primary is down', () => {
  let pair: PostgresPair;
  let app: AppNodes;
  let asked: Answer;
  let askedAgain: Answer;
  beforeAll(async () => {
    pair = await PostgresPair.start();
    app = await startApp(pair);
    app.rotation = true;
    const { person } = await app.logIn();
    const hold = app.control.hold('refresh');
    const asking = person.request(app.node(0).at(`/tokens?audience=${AUDIENCES[0]}`));
    await inTime('Auth0 is asked', hold.arrived, 20_000);
    await pair.goDown({ suddenly: true });
    hold.release();
    await until('it cannot be stored', () => app.node(0).output.includes('cannot be stored yet'));
    await pair.takeOver();
    asked = await asking;
    const again = (): Promise<Answer> => person.request(app.node(1).at(`/tokens?audience=${AUDIENCES[1]}`));
    await until('the database is there again', async () => (askedAgain = await again()).status < 500);
  });
  afterAll(async () => {
    await app?.stop();
    await pair?.stop();
  });

  it('is handed out, or its user is told to ask again later', () => {
    expect([200, 503]).toContain(asked.status);
  });

  it('is stored as soon as there is a primary again, and the login goes on', () => {
    expect(askedAgain.status).toBe(200);
  });
});

/** Two processes behind HAProxy, with the deadlines that a driver has to be given. */
async function startApp(pair: PostgresPair): Promise<AppNodes> {
  await pair.primary.execute('CREATE DATABASE app');
  const dataSource = { type: 'postgres' as const, url: pair.url('app'), ...DRIVER };
  return AppNodes.start({ dataSources: [dataSource, dataSource], observer: dataSource, users: 2000 });
}

function isToBeRetried({ outcome, retryAfter }: Attempt): boolean {
  return outcome === 503 && /^\d+$/.test(retryAfter ?? '');
}
