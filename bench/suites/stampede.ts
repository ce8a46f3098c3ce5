import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
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
    name: '50 sessions with 4 each, Auth0 answers 429 past 20 a second',
    processes: 2,
    sessions: SESSIONS,
    rateLimited: true,
  },
];

/** Everybody comes at the moment a token has expired. */
export async function stampede(databases: readonly Database[]) {
  const rows: Record<string, string | number>[] = [];
  for (const database of databases) {
    for (const situation of CASES) {
      if (situation.processes === 2 && database === 'SQLite') continue; // its database is in the process
      rows.push(await withScratchDatabase(database, (url) => run(database, url, situation)));
    }
  }
  return rows;
}

async function run(database: Database, databaseUrl: string | undefined, situation: Case) {
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
  await storm(servers, cookies); // warm, and the tokens are there

  const fresh = await storm(servers, cookies);
  await expire(tenant, first, cookies);
  tenant.control.resetCounts();
  tenant.control.delayNext('exchange', UPSTREAM_MS, CONCURRENT * 4);
  if (situation.rateLimited) tenant.control.rateLimit('exchange', { limit: 20, windowMs: 1000, retryAfterSeconds: 1 });
  const expired = await storm(servers, cookies);
  const answered = tenant.control.requests.filter(({ kind, status }) => kind === 'exchange' && status === 200).length;

  for (const server of servers) await server.stop();
  await tenant.stop();
  return {
    case: situation.name,
    database,
    processes: situation.processes,
    'exchanges answered': answered - situation.sessions - situation.sessions, // less those before the storm
    'tokens wanted': situation.sessions,
    failed: expired.failed,
    'fresh ms': Math.round(fresh.ms),
    'expired ms': Math.round(expired.ms),
    'of fresh + one answer': (expired.ms / (fresh.ms + UPSTREAM_MS)).toFixed(2),
  };
}

/** The stored tokens are replaced by ones that are soon over, and time passes. */
async function expire(tenant: LocalTenant, server: ServerProcess, cookies: readonly string[]): Promise<void> {
  tenant.control.expireProviderTokens();
  tenant.control.setProviderTokenLifetime(SHORT_LIFE_SECONDS);
  for (const cookie of cookies) {
    await fetch(`${server.url}/token/refreshed`, { headers: { cookie } });
  }
  tenant.control.setProviderTokenLifetime(3600);
  await new Promise((resolve) => setTimeout(resolve, UNTIL_EXPIRED_MS));
  tenant.control.expireProviderTokens();
}

async function storm(servers: readonly ServerProcess[], cookies: readonly string[]) {
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
  return { ms: performance.now() - startedAt, failed: answers.filter((ok) => !ok).length };
}
