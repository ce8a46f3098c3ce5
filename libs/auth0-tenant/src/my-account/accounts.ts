import type { Context } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import type { ConnectedAccount } from '../state/token-vault.js';
import type { Caller } from './access.js';
import { MyAccountError } from './error-response.js';
import { paginate } from './pagination.js';
import { assertKnownQuery, badQuery, queryValues } from './request.js';

/** `GET /connected-accounts/accounts` */
export function listAccounts(tenant: Tenant, ctx: Context, { userId }: Caller): void {
  assertKnownQuery(ctx, ['connection', 'from', 'take']);
  const names = queryValues(ctx, 'connection');
  if (names.length > 20) throw badQuery('connection', 'must not be given more than 20 times');
  if (names.some((name) => name.length > 128)) throw badQuery('connection', 'must have at most 128 characters');
  const accounts = tenant.vault
    .accounts(userId)
    .filter(({ connection }) => names.length === 0 || names.includes(connection));
  const { items, next } = paginate(ctx, accounts, ({ ordinal }) => ordinal);
  ctx.body = { accounts: items.map(describe), ...(next ? { next } : undefined) };
}

/** `DELETE /connected-accounts/accounts/{id}` */
export function deleteAccount(tenant: Tenant, ctx: Context, { userId }: Caller, id: string): void {
  if (!/^cac_[A-Za-z0-9]+$/.test(id)) {
    throw new MyAccountError(400, 'Invalid path parameters.', [
      { detail: 'id must match ^cac_[A-Za-z0-9]+$', field: 'id', source: 'path' },
    ]);
  }
  // The operation lists no 404: what is not there, or not this user's, is as good as deleted.
  tenant.vault.remove(userId, id);
  ctx.status = 204;
}

function describe(account: ConnectedAccount): Record<string, unknown> {
  return {
    id: account.id,
    connection: account.connection,
    access_type: 'offline',
    scopes: account.scopes,
    created_at: account.createdAt,
    ...(account.organization === undefined ? undefined : { org_id: account.organization }),
  };
}
