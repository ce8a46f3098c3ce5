import { startLocalTenant } from 'auth0-local-tenant';
import { measure } from '../load.js';
import { ServerProcess } from '../server-process.js';
import { ROUTES } from '../settings.js';

/** The memory of a server after each stretch of load. After the first ones it has what it needs. */
export async function memory({ stretches, seconds }: { stretches: number; seconds: number }) {
  const tenant = await startLocalTenant();
  const server = await ServerProcess.start({ subject: 'cached', adapter: 'Fastify' }, tenant);
  server.cookie = await server.logIn();
  const rows: Record<string, number>[] = [];
  let requests = 0;
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const { requestsPerSecond } = await measure(server, ROUTES.token, { connections: 16, seconds });
    requests += Math.round(requestsPerSecond * seconds);
    rows.push({ requests, 'resident MB': Math.round((await server.report()).rssMb) });
  }
  await server.stop();
  await tenant.stop();
  return rows;
}
