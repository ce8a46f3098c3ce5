import { startLocalTenant } from 'auth0-local-tenant';
import { measure } from '../load.js';
import { ServerProcess } from '../server-process.js';
import { ROUTES } from '../settings.js';

export interface MemoryOptions {
  stretches: number;
  seconds: number;
  /** How many people log in, connect an account and use it before each stretch. */
  visitors: number;
}

/** The memory of a server after each stretch of load, with new people in each. After the first ones it has what it needs. */
export async function memory({ stretches, seconds, visitors }: MemoryOptions) {
  const tenant = await startLocalTenant();
  const server = await ServerProcess.start({ subject: 'cached', adapter: 'Fastify' }, tenant);
  const rows: Record<string, number>[] = [];
  let requests = 0;
  for (let stretch = 1; stretch <= stretches; stretch += 1) {
    for (let visitor = 0; visitor < visitors; visitor += 1) {
      server.cookie = await server.logIn();
      await fetch(server.url + ROUTES.token, { headers: { cookie: server.cookie } });
    }
    const { requestsPerSecond } = await measure(server, ROUTES.token, { connections: 16, seconds });
    requests += Math.round(requestsPerSecond * seconds);
    rows.push({ sessions: stretch * visitors, requests, 'resident MB': Math.round((await server.report()).rssMb) });
  }
  await server.stop();
  await tenant.stop();
  return rows;
}
