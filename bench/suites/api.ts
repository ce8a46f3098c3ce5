import { measure, median, type Measurement } from '../load.js';
import { withScratchDatabase } from '../scratch-database.js';
import { ServerProcess, startTenant } from '../server-process.js';
import { API_SUBJECTS, type Adapter, type Database } from '../settings.js';
import { inTurn } from './throughput.js';

export interface ApiOptions {
  adapters: readonly Adapter[];
  databases: readonly Database[];
  connections: number;
  rounds: number;
  seconds: number;
}

/** What is measured: a route of one server, and what its visitor brings. */
interface Contestant {
  server: ServerProcess;
  path: string;
  authorization?: string;
}

/** A caller's route without and with a provider's token, beside the floors and beside the session's own token route. */
export async function api(options: ApiOptions): Promise<Record<string, string | number>[]> {
  const rows: Record<string, string | number>[] = [];
  for (const database of options.databases) {
    for (const adapter of options.adapters) {
      const row = await withScratchDatabase(database, (url) => compare(adapter, url, options));
      rows.push({ database, adapter, connections: options.connections, ...row });
    }
  }
  return rows;
}

async function compare(
  adapter: Adapter,
  databaseUrl: string | undefined,
  { connections, rounds, seconds }: ApiOptions,
): Promise<Record<string, string | number>> {
  const tenant = await startTenant();
  const servers: ServerProcess[] = [];
  const start = async (subject: (typeof API_SUBJECTS)[number]): Promise<ServerProcess> => {
    const server = await ServerProcess.start({ subject, adapter, databaseUrl }, tenant);
    servers.push(server);
    return server;
  };
  try {
    const [bare, floor, library] = [await start('bare'), await start('api-floor'), await start('library')];
    library.cookie = await library.logIn();
    const authorization = await library.accessToken();
    const contestants = {
      bare: { server: bare, path: '/api', authorization },
      verified: { server: floor, path: '/api/verified', authorization },
      remembered: { server: floor, path: '/api/remembered', authorization },
      guard: { server: library, path: '/api', authorization },
      session: { server: library, path: '/token' },
      token: { server: library, path: '/api/token', authorization },
    } satisfies Record<string, Contestant>;
    for (const one of Object.values<Contestant>(contestants)) await warm(one);
    return toColumns(await inRounds(contestants, rounds, (one) => load(one, { connections, seconds })));
  } finally {
    for (const server of servers) await server.stop();
    await tenant.stop();
  }
}

type Taken<Name extends string> = Record<Name, Measurement[]>;

/** Each in turn, round after round, so that a noisy moment hits all of them. */
async function inRounds<Name extends string>(
  contestants: Record<Name, Contestant>,
  rounds: number,
  take: (contestant: Contestant) => Promise<Measurement>,
): Promise<Taken<Name>> {
  const names = Object.keys(contestants) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Taken<Name>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of inTurn(names, round)) taken[name].push(await take(contestants[name]));
  }
  return taken;
}

async function warm({ server, path, authorization }: Contestant): Promise<void> {
  const response = await fetch(server.url + path, { headers: server.headers(authorization) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  await load({ server, path, authorization }, { connections: 4, seconds: 2 });
}

function load(
  { server, path, authorization }: Contestant,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Measurement> {
  return measure(server, path, { connections, seconds, authorization });
}

function toColumns(
  taken: Taken<'bare' | 'verified' | 'remembered' | 'guard' | 'session' | 'token'>,
): Record<string, string | number> {
  type Name = keyof typeof taken;
  const cpu = (name: Name): number => Math.round(median(taken[name].map(({ cpuMicros }) => cpuMicros)));
  // Of each round: what slows all of them down for a while says nothing.
  const ratio = (name: Name, other: Name): string =>
    median(
      taken[name].map((own, round) => own.requestsPerSecond / (taken[other][round]?.requestsPerSecond ?? Number.NaN)),
    ).toFixed(2);
  return {
    'bare req/s': Math.round(median(taken.bare.map(({ requestsPerSecond }) => requestsPerSecond))),
    'verified / bare': ratio('verified', 'bare'),
    'remembered / bare': ratio('remembered', 'bare'),
    'guard / bare': ratio('guard', 'bare'),
    'guard / remembered': ratio('guard', 'remembered'),
    'token / session': ratio('token', 'session'),
    'CPU µs bare': cpu('bare'),
    'CPU µs verified': cpu('verified'),
    'CPU µs remembered': cpu('remembered'),
    'CPU µs guard': cpu('guard'),
    'CPU µs session': cpu('session'),
    'CPU µs token': cpu('token'),
  };
}
