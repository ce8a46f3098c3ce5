import { startLocalTenant } from 'auth0-local-tenant';
import { measure, median, type Measurement } from '../load.js';
import { withScratchDatabase } from '../scratch-database.js';
import { ServerProcess } from '../server-process.js';
import { ROUTES, SUBJECTS, type Adapter, type Database, type Route, type Subject } from '../settings.js';

export interface ThroughputOptions {
  adapters: readonly Adapter[];
  databases: readonly Database[];
  routes: readonly Route[];
  connections: readonly number[];
  rounds: number;
  seconds: number;
}

export type ThroughputRow = Record<string, string | number>;

/** Each subject under the same load in turn, round after round, so that a noisy moment hits all of them. */
export async function throughput(options: ThroughputOptions): Promise<ThroughputRow[]> {
  const rows: ThroughputRow[] = [];
  for (const database of options.databases) {
    for (const adapter of options.adapters) {
      rows.push(...(await withScratchDatabase(database, (url) => compare(database, adapter, url, options))));
    }
  }
  return rows;
}

async function compare(
  database: Database,
  adapter: Adapter,
  databaseUrl: string | undefined,
  { routes, connections, rounds, seconds }: ThroughputOptions,
): Promise<ThroughputRow[]> {
  const tenant = await startLocalTenant();
  const servers: ServerProcess[] = [];
  try {
    for (const subject of SUBJECTS) {
      const server = await ServerProcess.start({ subject, adapter, databaseUrl }, tenant);
      servers.push(server);
      if (subject === 'library' || subject === 'cached') server.cookie = await server.logIn();
      await measure(server, ROUTES.token, { connections: 4, seconds: 1 }); // warm
    }
    const rows: ThroughputRow[] = [];
    for (const count of connections) {
      for (const route of routes) {
        const taken = new Map<Subject, Measurement[]>(SUBJECTS.map((subject) => [subject, []]));
        for (let round = 0; round < rounds; round += 1) {
          for (const server of inTurn(servers, round)) {
            taken
              .get(server.settings.subject)
              ?.push(await measure(server, ROUTES[route], { connections: count, seconds }));
          }
        }
        rows.push(toRow({ database, adapter, route, connections: count }, taken));
      }
    }
    return rows;
  } finally {
    for (const server of servers) await server.stop();
    await tenant.stop();
  }
}

/** Nobody is always the first after a pause. */
function inTurn<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

function toRow(
  labels: { database: Database; adapter: Adapter; route: Route; connections: number },
  taken: ReadonlyMap<Subject, readonly Measurement[]>,
): ThroughputRow {
  const rates = (subject: Subject): number[] => (taken.get(subject) ?? []).map((m) => m.requestsPerSecond);
  const rate = (subject: Subject): number => Math.round(median(rates(subject)));
  const cpu = (subject: Subject): number => Math.round(median((taken.get(subject) ?? []).map((m) => m.cpuMicros)));
  // Of each round: what slows all of them down for a while says nothing.
  const ratio = (subject: Subject, other: Subject): string => {
    const others = rates(other);
    return median(rates(subject).map((own, round) => own / (others[round] ?? Number.NaN))).toFixed(2);
  };
  return {
    ...labels,
    'bare req/s': rate('bare'),
    'floor req/s': rate('floor'),
    'library req/s': rate('library'),
    'library / floor': ratio('library', 'floor'),
    'library / bare': ratio('library', 'bare'),
    'cached / bare': ratio('cached', 'bare'),
    'CPU µs bare': cpu('bare'),
    'CPU µs floor': cpu('floor'),
    'CPU µs library': cpu('library'),
    'CPU µs cached': cpu('cached'),
  };
}
