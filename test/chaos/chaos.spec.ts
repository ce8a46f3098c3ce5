import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresPair } from '../clusters/engines/postgres-pair.js';
import { AppNodes } from '../clusters/support/app-nodes.js';
import { Crowd, WITH_ROTATION, WITH_TOKEN_VAULT, summaryOf, type Attempt } from '../clusters/support/crowd.js';
import { rounds } from '../clusters/support/form.js';
import { Random } from '../clusters/support/random.js';
import { DISASTERS, type Scene } from './disasters.js';

const SEED = Number(process.env.CHAOS_SEED ?? randomInt(1_000_000));
const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? rounds(2, 4));
/** For one kind of disaster alone. */
const ONLY = process.env.CHAOS_ONLY;
const PEOPLE = 10;
const RECOVERS_WITHIN_MS = 60_000;

/** A driver has no deadlines of its own: without them a frozen server hangs every request. */
const DRIVER = { connectTimeoutMS: 3000, extra: { query_timeout: 5000 } };

const CROWDS = [
  { what: 'refresh tokens rotate', rotation: true },
  { what: 'people use Token Vault', rotation: false },
];

describe.each(CROWDS.slice(0, rounds(1, 2)))(
  'three processes on PostgreSQL with a standby, while $what and things go wrong',
  ({ what, rotation }) => {
    let scene: Scene;
    let attempts: Attempt[];
    let report: Report;
    let afterwards: Attempt[];
    let departed: number[];

    beforeAll(async () => {
      say(`seed ${SEED}, ${ROUNDS} rounds, ${what}`);
      scene = await setUp(rotation);
      const { crowd } = scene;
      await crowd.gather(PEOPLE);
      crowd.begin();
      report = await play(scene);
      await crowd.end();
      attempts = crowd.attempts.slice();
      afterwards = await crowd.finalRound();
      departed = await crowd.lookOfTheDeparted();
      say(`${attempts.length} requests: ${JSON.stringify(outcomesOf(attempts))}`);
    }, 0);
    afterAll(async () => {
      await scene?.app.stop();
      await scene?.pair.stop();
    });

    it('no process dies of it', () => {
      expect(report.deaths).toEqual([]);
      expect(summaryOf(attempts.filter(({ outcome }) => outcome === 'lost'))).toEqual([]);
    });

    it('no request hangs', () => {
      expect(summaryOf(attempts.filter(({ outcome }) => outcome === 'hangs'))).toEqual([]);
    });

    it('after each disaster every process serves again by itself', () => {
      expect(report.unrecovered).toEqual([]);
    });

    it('what cannot be done meanwhile is answered with 503 or 429, and when to ask again, where that is known', () => {
      const refused = attempts.filter(
        ({ outcome }) => typeof outcome === 'number' && (outcome === 429 || outcome >= 500),
      );
      expect(summaryOf(refused.filter((attempt) => !isToBeRetried(attempt)))).toEqual([]);
    });

    it('nobody who is logged in is told to log in, or to connect again', () => {
      const wronged = attempts.filter(
        ({ operation, outcome }) => operation !== 'login' && [401, 403].includes(Number(outcome)),
      );
      expect(summaryOf(wronged)).toEqual([]);
    });

    it('Auth0 is shown no refresh token that it has replaced', () => {
      const refused = scene.app.control.requests.filter(({ kind, status }) => kind === 'refresh' && isRefusal(status));
      expect(refused.map(({ status }) => status)).toEqual([]);
    });

    it('everybody is still logged in at every process, and gets every token', () => {
      expect(afterwards.length).toBeGreaterThan(0);
      expect(summaryOf(afterwards.filter(({ outcome }) => outcome !== 200))).toEqual([]);
    });

    it('everybody who has logged out stays logged out', () => {
      expect(departed.filter((status) => status !== 401)).toEqual([]);
    });

    it('no process writes down a token', () => {
      const tokens = scene.app.control.requests.flatMap(({ body }) => secretsIn(body));
      expect(tokens.length).toBeGreaterThan(0);
      const { output } = scene.app;
      expect(tokens.filter((token) => output.includes(token))).toEqual([]);
    });
  },
);

async function setUp(rotation: boolean): Promise<Scene> {
  const pair = await PostgresPair.start();
  await pair.primary.execute('CREATE DATABASE app');
  const dataSource = { type: 'postgres' as const, url: pair.url('app'), ...DRIVER };
  const dataSources = [dataSource, dataSource, dataSource];
  const app = await AppNodes.start({ dataSources, observer: dataSource, byProxy: true, users: 20_000 });
  app.rotation = rotation;
  // Tokens are fresh for a second, so that there is always one to be got.
  app.control.setProviderTokenLifetime(61);
  app.control.setTokenLifetimes({ accessToken: 61 });
  const random = new Random(SEED);
  const crowd = new Crowd(app, random, rotation ? WITH_ROTATION : WITH_TOKEN_VAULT);
  return { pair, app, crowd, random, dataSource };
}

interface Report {
  /** Processes that ended by themselves, with the end of what they have said. */
  deaths: string[];
  /** Disasters after which a process did not serve. */
  unrecovered: string[];
}

/** One disaster after the other, each when the one before is over. */
async function play(scene: Scene): Promise<Report> {
  const { crowd, random } = scene;
  const report: Report = { deaths: [], unrecovered: [] };
  const names = Object.keys(DISASTERS).filter((name) => ONLY === undefined || name.includes(ONLY));
  let left: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (left.length === 0) left = names.slice();
    const [name] = left.splice(random.between(0, left.length - 1), 1) as [string];
    crowd.during = name;
    const before = crowd.mark;
    const disaster = `${name} (${await DISASTERS[name]!(scene)})`;
    report.deaths.push(...(await replaceTheDead(scene, disaster)));
    const unserved = await crowd.untilServed(RECOVERS_WITHIN_MS);
    if (unserved.length > 0) report.unrecovered.push(`${disaster}: ${unserved.join(', ')}`);
    say(`${round}. ${disaster}: ${JSON.stringify(outcomesOf(crowd.attempts.slice(before)))}`);
  }
  return report;
}

/** The run goes on with others. @returns what they died of */
async function replaceTheDead({ app, crowd, dataSource }: Scene, disaster: string): Promise<string[]> {
  const deaths: string[] = [];
  for (const [index, { endedBy, output }] of app.nodes.entries()) {
    if (endedBy === undefined) continue;
    deaths.push(`${disaster}: number ${index} ended with ${endedBy}\n${output.slice(-1000)}`);
    crowd.expectDeathOf(app.nodes[index]!);
    await app.replace(index, dataSource, { orderly: false });
  }
  return deaths;
}

/** For how long Auth0 is away nobody knows who cannot ask it. */
function isToBeRetried({ outcome, errorCode, retryAfter }: Attempt): boolean {
  const saysWhen = errorCode === 'auth0_unavailable' || /^\d+$/.test(retryAfter ?? '');
  return (outcome === 503 || outcome === 429) && saysWhen;
}

/** What Auth0 says to a token that it does not take. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 429;
}

function secretsIn(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  return ['refresh_token', 'subject_token', 'code', 'client_secret'].flatMap((name) => {
    const value = (body as Record<string, unknown>)[name];
    return typeof value === 'string' ? [value] : [];
  });
}

function outcomesOf(attempts: readonly Attempt[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of attempts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function say(line: string): void {
  process.stdout.write(`chaos: ${line}\n`);
}
