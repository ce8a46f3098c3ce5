import type { Context } from './context.js';
import type { Tenant } from '../state/tenant.js';

const ANSWER_HEADERS = [
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'retry-after',
  'dpop-nonce',
  'www-authenticate',
];

/** Lets the browser applications of the tenant's clients call an API of it; true when this was only their preflight. */
export function allowBrowsers(tenant: Tenant, ctx: Context): boolean {
  const origin = ctx.get('origin');
  if (!origin || !knownOrigins(tenant).has(origin)) return false;
  ctx.vary('origin');
  ctx.set('access-control-allow-origin', origin);
  ctx.set('access-control-expose-headers', ANSWER_HEADERS.join(', '));
  if (ctx.method !== 'OPTIONS') return false;
  ctx.set('access-control-allow-methods', 'GET, POST, DELETE');
  ctx.set('access-control-allow-headers', 'authorization, content-type, dpop, auth0-client');
  ctx.status = 204;
  return true;
}

function knownOrigins(tenant: Tenant): Set<string> {
  const clients = [...tenant.clients.values()];
  return new Set(
    clients.flatMap(({ redirectUris, webOrigins = [] }) => [
      ...webOrigins,
      ...redirectUris.map((uri) => new URL(uri).origin),
    ]),
  );
}
