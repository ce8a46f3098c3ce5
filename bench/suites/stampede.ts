import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import { median } from '../load.js';
import { withScratchDatabase } from '../scratch-database.js';
import { ServerProcess } from '../server-process.js';
import { ROUTES, type Database } from '../settings.js';

const CONCURRENT = 200;
const SESSIONS = 50;
const UPSTREAM_MS = 100;
/** A provider's token that has a second to live before the leeway of 60 seconds makes it count as expired. */
const SHORT_LIFE_SECONDS = 61;
const UNTIL_EXPIRED_MS = 1_500;

interface Case {
  name: string;
  processes: 1 | 2;
  sessions: number;
  rateLimited?: boolean;
}

const CASES: Case[] = [
  { name: '200 requests, one expired token', processes: 1, sessions: 1 },
  { name: '200 requests, one expired token', processes: 2, sessions: 1 },
  { name: '50 sessions with 4 requests each', processes: 1, sessions: SESSIONS },
  { name: '50 sessions with 4 requests each', processes: 2, sessions: SESSIONS },
  {
    name: '50 sessions with 4 each, Auth0 answers 429 past 30 a second',
    processes: 2,
    sessions: SESSIONS,
    rateLimited: true,
  },
];

interface Storm {
  ms: number;
  /** CPU time of this process, where the visitors and the tenant are. */
  cpuMs: number;
  failed: number;
}

interface Round {
  fresh: Storm;
  expired: Storm;
  exchanges: number;
}

/** Everybody comes at the moment a token has expired. */
export async function stampede(databases: readonly Database[], { rounds }: { rounds: number }) {
  const rows: Record<string, string | number>[] = [];
  for (const database of databases) {
    for (const situation of CASES) {
      if (situation.processes === 2 && database === 'SQLite') continue; // its database is in the process
      rows.push(await withScratchDatabase(database, (url) => run(database, url, situation, rounds)));
    }
  }
  return rows;
}

async function run(database: Database, databaseUrl: string | undefined, situation: Case, rounds: number) {
  const tenant = await startLocalTenant();
  const servers: ServerProcess[] = [];
  for (let index = 0; index < situation.processes; index += 1) {
    servers.push(await ServerProcess.start({ subject: 'library', adapter: 'Express', databaseUrl }, tenant));
  }
  const [first] = servers;
  if (!first) throw new Error('no server');
  tenant.control.setProviderTokenLifetime(3600);
  const cookies: string[] = [];
  for (let index = 0; index < situation.sessions; index += 1) cookies.push(await first.logIn());
  // A rehearsal: every process has exchanged before, and has its connections.
  await storm(servers, cookies);
  await expire(tenant, servers, cookies);
  await storm(servers, cookies);

  const taken: Round[] = [];
  while (taken.length < rounds) {
    const fresh = await storm(servers, cookies);
    await expire(tenant, servers, cookies);
    taken.push({ fresh, ...(await stormUpstream(tenant, servers, cookies, situation)) });
  }

  for (const server of servers) await server.stop();
  await tenant.stop();
  return {
    case: situation.name,
    database,
    processes: situation.processes,
    rounds,
    'exchanges answered': sumOf(taken, ({ exchanges }) => exchanges),
    'tokens wanted': situation.sessions * rounds,
    failed: sumOf(taken, ({ expired }) => expired.failed),
    'fresh ms': Math.round(median(taken.map(({ fresh }) => fresh.ms))),
    'expired ms': Math.round(median(taken.map(({ expired }) => expired.ms))),
    'of fresh + one answer': over(taken, () => UPSTREAM_MS),
    // The tenant works on the same cores as the servers: what an answer costs it is not the library's.
    "and the tenant's work": over(
      taken,
      ({ fresh, expired }) => UPSTREAM_MS + Math.max(0, expired.cpuMs - fresh.cpuMs),
    ),
  };
}

/** A storm that Auth0 has to be asked in. */
async function stormUpstream(
  tenant: LocalTenant,
  servers: readonly ServerProcess[],
  cookies: readonly string[],
  { sessions, rateLimited = false }: Case,
): Promise<Omit<Round, 'fresh'>> {
  const before = exchangesAnswered(tenant);
  tenant.control.delayNext('exchange', UPSTREAM_MS, sessions);
  // One request asks twice at most: two windows have to be enough for all.
  if (rateLimited) tenant.control.rateLimit('exchange', { limit: 30, windowMs: 1000, retryAfterSeconds: 1 });
  const expired = await storm(servers, cookies);
  tenant.control.rateLimit('exchange', undefined);
  return { expired, exchanges: exchangesAnswered(tenant) - before };
}

/** How long it took, beside the same load on fresh tokens and the time that Auth0 needs. */
function over(rounds: readonly Round[], upstreamMs: (round: Round) => number): string {
  return median(rounds.map((round) => round.expired.ms / (round.fresh.ms + upstreamMs(round)))).toFixed(2);
}

function sumOf(rounds: readonly Round[], figure: (round: Round) => number): number {
  return rounds.reduce((sum, round) => sum + figure(round), 0);
}

/** The stored tokens are replaced by ones that are soon over, and time passes. */
async function expire(
  tenant: LocalTenant,
  servers: readonly ServerProcess[],
  cookies: readonly string[],
): Promise<void> {
  tenant.control.expireProviderTokens();
  tenant.control.setProviderTokenLifetime(SHORT_LIFE_SECONDS);
  for (const [index, cookie] of cookies.entries()) {
    await fetch(`${servers[index % servers.length]?.url}/token/refreshed`, { headers: { cookie } });
  }
  tenant.control.setProviderTokenLifetime(3600);
  await new Promise((resolve) => setTimeout(resolve, UNTIL_EXPIRED_MS));
  tenant.control.expireProviderTokens();
}

function exchangesAnswered(tenant: LocalTenant): number {
  return tenant.control.requests.filter(({ kind, status }) => kind === 'exchange' && status === 200).length;
}

async function storm(servers: readonly ServerProcess[], cookies: readonly string[]): Promise<Storm> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: CONCURRENT }, async (_, index) => {
      const server = servers[index % servers.length];
      const cookie = cookies[Math.floor(index / servers.length) % cookies.length] ?? '';
      const response = await fetch(`${server?.url}${ROUTES.token}`, { headers: { cookie } });
      await response.arrayBuffer();
      return response.ok;
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return {
    ms: performance.now() - startedAt,
    cpuMs: (user + system) / 1000,
    failed: answers.filter((ok) => !ok).length,
  };
}
