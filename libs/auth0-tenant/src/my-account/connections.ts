import type { Context } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { paginate } from './pagination.js';
import { assertKnownQuery } from './request.js';

/** `GET /connected-accounts/connections` */
export function listConnections(tenant: Tenant, ctx: Context): void {
  assertKnownQuery(ctx, ['from', 'take']);
  const connections = [...tenant.connections.values()].map((connection, ordinal) => ({ connection, ordinal }));
  const { items, next } = paginate(ctx, connections, ({ ordinal }) => ordinal);
  ctx.body = {
    connections: items.map(({ connection: { name, strategy, scopes } }) => ({ name, strategy, scopes })),
    ...(next ? { next } : undefined),
  };
}
