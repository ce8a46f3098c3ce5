import type { OptionsCheck } from './options-check.js';

/** How the library works beside what it does, checked. */
export interface ResolvedOperation {
  readonly fetch: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  readonly timeoutMs: number;
  readonly purgeIntervalMs: number | undefined;
  /** 0: off. */
  readonly sessionCacheMs: number;
  /** On PostgreSQL. */
  readonly namedStatements: boolean;
  readonly telemetry: boolean;
}

/** Calls, intervals, caches. */
export function resolveOperation(
  given: {
    fetch?: ResolvedOperation['fetch'];
    timeoutMs?: unknown;
    purgeIntervalSeconds?: unknown;
    sessionCacheSeconds?: unknown;
    namedStatements?: unknown;
    telemetry?: unknown;
  },
  check: OptionsCheck,
): ResolvedOperation {
  const { purgeIntervalSeconds } = given;
  return {
    fetch: check.function('fetch', given.fetch),
    timeoutMs: check.integer('timeoutMs', given.timeoutMs, 10_000, 1),
    purgeIntervalMs:
      purgeIntervalSeconds === false ? undefined : check.seconds('purgeIntervalSeconds', purgeIntervalSeconds, 600),
    sessionCacheMs: check.seconds('sessionCacheSeconds', given.sessionCacheSeconds, 0, 0),
    namedStatements: check.boolean('namedStatements', given.namedStatements, true),
    telemetry: check.boolean('telemetry', given.telemetry, true),
  };
}
