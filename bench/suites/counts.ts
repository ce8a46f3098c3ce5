import { startLocalTenant } from 'auth0-local-tenant';
import { withScratchDatabase } from '../scratch-database.js';
import { ServerProcess } from '../server-process.js';
import { ROUTES, type Adapter, type Database } from '../settings.js';

const REQUESTS = 50;

/** SQL statements and calls to Auth0 per warm request. */
export async function counts(databases: readonly Database[], adapters: readonly Adapter[]) {
  const rows: Record<string, string | number>[] = [];
  for (const database of databases) {
    for (const adapter of adapters) {
      await withScratchDatabase(database, async (databaseUrl) => {
        const tenant = await startLocalTenant();
        const server = await ServerProcess.start(
          { subject: 'library', adapter, databaseUrl, countStatements: true },
          tenant,
        );
        server.cookie = await server.logIn();
        for (const path of Object.values(ROUTES)) {
          await get(server, path); // warm
          const before = (await server.report()).statements;
          const callsBefore = tenant.control.requests.length;
          for (let request = 0; request < REQUESTS; request += 1) await get(server, path);
          rows.push({
            database,
            adapter,
            route: path,
            'statements per request': ((await server.report()).statements - before) / REQUESTS,
            'calls to Auth0': tenant.control.requests.length - callsBefore,
          });
        }
        await server.stop();
        await tenant.stop();
      });
    }
  }
  return rows;
}

async function get(server: ServerProcess, path: string): Promise<void> {
  const response = await fetch(server.url + path, { headers: { cookie: server.cookie } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
}
