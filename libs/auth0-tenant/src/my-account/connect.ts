import type { Context } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import type { Caller } from './access.js';
import { MyAccountError } from './error-response.js';
import { readJson } from './request.js';
import { CONNECT_REQUEST } from './schemas.js';

/** `POST /connected-accounts/connect`: opens a ticket for the browser. */
export function startConnect(tenant: Tenant, issuer: string, ctx: Context, caller: Caller): void {
  const body = readJson(ctx, CONNECT_REQUEST);
  const connection = tenant.connections.get(body.connection);
  if (!connection) throw refused('connection', `connection "${body.connection}" does not exist or is not enabled`);
  if (!tenant.clients.get(caller.clientId)?.redirectUris.includes(body.redirect_uri)) {
    throw refused('redirect_uri', 'redirect_uri is not in the list of Allowed Callback URLs');
  }
  const unknown = body.scopes?.flatMap((scope, index) => (connection.scopes.includes(scope) ? [] : [{ scope, index }]));
  if (unknown?.length) throw unknownScopes(connection.name, unknown);
  const { ticket, authSession } = tenant.tickets.open(
    {
      ...caller,
      issuer,
      connection: connection.name,
      redirectUri: body.redirect_uri,
      state: body.state,
      codeChallenge: body.code_challenge,
      scopes: body.scopes ?? connection.defaultScopes ?? connection.scopes,
      loginHint: body.authorization_params?.login_hint,
    },
    tenant.lifetimes.ticket,
  );
  ctx.status = 201;
  ctx.body = {
    connect_uri: `${issuer}connected-accounts/connect`,
    auth_session: authSession,
    connect_params: { ticket },
    expires_in: tenant.lifetimes.ticket,
  };
}

function unknownScopes(connection: string, unknown: { scope: string; index: number }[]): MyAccountError {
  return new MyAccountError(
    400,
    'Invalid request payload input.',
    unknown.map(({ scope, index }) => ({
      detail: `connection "${connection}" does not have the scope "${scope}"`,
      field: `scopes.${index}`,
      pointer: `/scopes/${index}`,
      source: 'body',
    })),
  );
}

function refused(field: string, detail: string): MyAccountError {
  return new MyAccountError(400, 'Invalid request payload input.', [
    { detail, field, pointer: `/${field}`, source: 'body' },
  ]);
}
