import autocannon from 'autocannon';
import type { ServerProcess } from './server-process.js';

export interface Measurement {
  requestsPerSecond: number;
  /** The server's CPU time per request, in microseconds. */
  cpuMicros: number;
}

/** Load on one address, and what it cost the server. */
export async function measure(
  server: ServerProcess,
  path: string,
  { connections, seconds, authorization }: { connections: number; seconds: number; authorization?: string },
): Promise<Measurement> {
  const before = await server.report();
  const startedAt = performance.now();
  const result = await autocannon({
    url: server.url + path,
    connections,
    duration: seconds,
    headers: server.headers(authorization),
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  const after = await server.report();
  const answered = result['2xx'];
  if (result.non2xx > 0 || result.errors > 0 || answered === 0) {
    throw new Error(`${server.settings.subject} ${path}: ${result.non2xx} refused, ${result.errors} failed`);
  }
  return { requestsPerSecond: answered / elapsed, cpuMicros: ((after.cpuMs - before.cpuMs) * 1000) / answered };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
