import { withScratchDatabase } from '../scratch-database.js';
import { ServerProcess, startTenant } from '../server-process.js';
import { API_ROUTES, ROUTES, type Adapter, type Database } from '../settings.js';

const REQUESTS = 50;

/** SQL statements and calls to Auth0 per warm request. */
export async function counts(databases: readonly Database[], adapters: readonly Adapter[]) {
  const rows: Record<string, string | number>[] = [];
  for (const database of databases) {
    for (const adapter of adapters) {
      await withScratchDatabase(database, async (databaseUrl) => {
        const tenant = await startTenant();
        const server = await ServerProcess.start(
          { subject: 'library', adapter, databaseUrl, countStatements: true },
          tenant,
        );
        server.cookie = await server.logIn(['google-oauth2', 'github']);
        const authorization = await server.accessToken();
        const visits = [
          ...Object.values(ROUTES).map((path) => ({ path, headers: { cookie: server.cookie } })),
          ...Object.values(API_ROUTES).map((path) => ({ path, headers: { authorization } })),
        ];
        for (const { path, headers } of visits) {
          await get(server, path, headers); // warm
          const before = (await server.report()).statements;
          const callsBefore = tenant.control.requests.length;
          for (let request = 0; request < REQUESTS; request += 1) await get(server, path, headers);
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

async function get(server: ServerProcess, path: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(server.url + path, { headers });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
}
