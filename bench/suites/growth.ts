import { startLocalTenant } from 'auth0-local-tenant';
import { measure, median } from '../load.js';
import { withScratchDatabase } from '../scratch-database.js';
import { ServerProcess } from '../server-process.js';
import { ROUTES, type Database } from '../settings.js';

export interface GrowthOptions {
  sessions: readonly [number, number];
  accounts: readonly [number, number];
  rounds: number;
  seconds: number;
}

/** A request with few rows in the tables against one with many, in turn. */
export async function growth(databases: readonly Database[], options: GrowthOptions) {
  const rows: Record<string, string | number>[] = [];
  for (const database of databases) {
    const [few, many] = options.sessions;
    rows.push(await compare(database, `${few} and ${many} sessions`, { sessions: few }, { sessions: many }, options));
    const [one, lots] = options.accounts;
    rows.push(
      await compare(
        database,
        `${one} and ${lots} connected accounts`,
        { tokensPerSession: one - 1 },
        { tokensPerSession: lots - 1 },
        options,
      ),
    );
  }
  return rows;
}

async function compare(
  database: Database,
  label: string,
  small: Parameters<ServerProcess['create']>[0],
  large: Parameters<ServerProcess['create']>[0],
  { rounds, seconds }: GrowthOptions,
) {
  return withScratchDatabase(database, (smallUrl) =>
    withScratchDatabase(database, async (largeUrl) => {
      const tenant = await startLocalTenant();
      const servers: ServerProcess[] = [];
      for (const [databaseUrl, rows] of [
        [smallUrl, small],
        [largeUrl, large],
      ] as const) {
        const server = await ServerProcess.start({ subject: 'library', adapter: 'Fastify', databaseUrl }, tenant);
        server.cookie = await server.logIn();
        await server.create(rows);
        await measure(server, ROUTES.token, { connections: 4, seconds: 1 }); // warm
        servers.push(server);
      }
      const rates: number[][] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        for (const [index, server] of servers.entries()) {
          const { requestsPerSecond } = await measure(server, ROUTES.token, { connections: 16, seconds });
          rates[index]?.push(requestsPerSecond);
        }
      }
      for (const server of servers) await server.stop();
      await tenant.stop();
      const [smallRate, largeRate] = rates.map(median);
      return {
        database,
        rows: label,
        'few req/s': Math.round(smallRate ?? 0),
        'many req/s': Math.round(largeRate ?? 0),
        'many / few': ((largeRate ?? 0) / (smallRate ?? 1)).toFixed(2),
      };
    }),
  );
}
