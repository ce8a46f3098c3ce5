import { createHash } from 'node:crypto';
import type { ConnectRequest } from '../state/tickets.js';
import type { Context } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { providerAccountsOf } from '../token-vault/provider-accounts.js';
import type { Caller } from './access.js';
import { MyAccountError } from './error-response.js';
import { readJson } from './request.js';
import { COMPLETE_REQUEST, type CompleteRequestBody } from './schemas.js';

/** `POST /connected-accounts/complete`: turns the connect code into a connected account. */
export function completeConnect(tenant: Tenant, ctx: Context, caller: Caller): void {
  const body = readJson(ctx, COMPLETE_REQUEST);
  const request = tenant.tickets.session(body.auth_session);
  if (!request) throw new MyAccountError(400, 'The auth_session is unknown, expired or was used before.');
  if (request.userId !== caller.userId || request.clientId !== caller.clientId) {
    throw new MyAccountError(403, 'The auth_session was started by another user or client.');
  }
  // From here on the request is used up, whatever comes of it.
  tenant.tickets.finish(request);
  checkProof(request, body);
  const account = tenant.vault.connect({
    userId: caller.userId,
    connection: request.connection,
    providerAccount: chosenAccount(tenant, request),
    scopes: request.consent!.scopes,
    organization: request.organization,
  });
  if (account === 'conflict') {
    throw new MyAccountError(409, 'This provider account is connected to another user already.');
  }
  ctx.status = 201;
  ctx.body = {
    id: account.id,
    connection: account.connection,
    access_type: 'offline',
    scopes: account.scopes,
    created_at: account.createdAt,
  };
}

function checkProof(request: ConnectRequest, body: CompleteRequestBody): void {
  if (request.consent?.connectCode !== body.connect_code) throw new MyAccountError(400, 'The connect_code is invalid.');
  if (request.redirectUri !== body.redirect_uri) {
    throw new MyAccountError(400, 'The redirect_uri is not the one of the connect request.');
  }
  const { code_verifier: verifier } = body;
  const challenge = verifier === undefined ? undefined : createHash('sha256').update(verifier).digest('base64url');
  if (challenge !== request.codeChallenge) throw new MyAccountError(400, 'Failed to verify the code_verifier.');
}

function chosenAccount(tenant: Tenant, { connection, userId, consent }: ConnectRequest) {
  const accounts = providerAccountsOf(tenant.connections.get(connection)!, tenant.users.get(userId)!);
  return accounts.find((account) => account.id === consent!.providerAccountId)!;
}
