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

/** What each subject was measured at, round by round. */
export type Taken = ReadonlyMap<Subject, readonly Measurement[]>;

export type ThroughputRow = Record<string, string | number>;

/** Those that know their visitor by a cookie of their own making, or know nobody. */
const WITHOUT_LOGIN: readonly Subject[] = ['bare', 'floor'];

/** Each subject under the same load in turn, round after round, so that a noisy moment hits all of them. */
export function throughput(options: ThroughputOptions): Promise<ThroughputRow[]> {
  return compareAll(SUBJECTS, options, toRow);
}

/** @param toColumns what is told of the subjects */
export async function compareAll(
  subjects: readonly Subject[],
  options: ThroughputOptions,
  toColumns: (taken: Taken) => ThroughputRow,
): Promise<ThroughputRow[]> {
  const rows: ThroughputRow[] = [];
  for (const database of options.databases) {
    for (const adapter of options.adapters) {
      const compared = await withScratchDatabase(database, (url) =>
        compare(subjects, { database, adapter, url }, options, toColumns),
      );
      rows.push(...compared);
    }
  }
  return rows;
}

async function compare(
  subjects: readonly Subject[],
  { database, adapter, url: databaseUrl }: { database: Database; adapter: Adapter; url: string | undefined },
  { routes, connections, rounds, seconds }: ThroughputOptions,
  toColumns: (taken: Taken) => ThroughputRow,
): Promise<ThroughputRow[]> {
  const tenant = await startLocalTenant();
  const servers: ServerProcess[] = [];
  try {
    for (const subject of subjects) {
      const server = await ServerProcess.start({ subject, adapter, databaseUrl }, tenant);
      servers.push(server);
      if (!WITHOUT_LOGIN.includes(subject)) server.cookie = await server.logIn();
      await measure(server, ROUTES.token, { connections: 4, seconds: 1 }); // warm
    }
    const rows: ThroughputRow[] = [];
    for (const count of connections) {
      for (const route of routes) {
        const taken = new Map<Subject, Measurement[]>(subjects.map((subject) => [subject, []]));
        for (let round = 0; round < rounds; round += 1) {
          for (const server of inTurn(servers, round)) {
            taken
              .get(server.settings.subject)
              ?.push(await measure(server, ROUTES[route], { connections: count, seconds }));
          }
        }
        rows.push({ database, adapter, route, connections: count, ...toColumns(taken) });
      }
    }
    return rows;
  } finally {
    for (const server of servers) await server.stop();
    await tenant.stop();
  }
}

/** Nobody is always the first after a pause. */
export function inTurn<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** Median requests per second and CPU microseconds of each subject, and ratios that were taken round by round. */
export function summaryOf(taken: Taken): {
  rate: (subject: Subject) => number;
  cpu: (subject: Subject) => number;
  ratio: (subject: Subject, other: Subject) => string;
} {
  const rates = (subject: Subject): number[] => (taken.get(subject) ?? []).map((m) => m.requestsPerSecond);
  return {
    rate: (subject) => Math.round(median(rates(subject))),
    cpu: (subject) => Math.round(median((taken.get(subject) ?? []).map((m) => m.cpuMicros))),
    // Of each round: what slows all of them down for a while says nothing.
    ratio: (subject, other) => {
      const others = rates(other);
      return median(rates(subject).map((own, round) => own / (others[round] ?? Number.NaN))).toFixed(2);
    },
  };
}

function toRow(taken: Taken): ThroughputRow {
  const { rate, cpu, ratio } = summaryOf(taken);
  return {
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
