import type { TokenEndpointGrantContext } from 'oidc-provider';
import { bodyParameters } from '../http/context.js';
import { mfaRequired, OAuthError } from '../openid/oauth-error.js';
import type { Tenant } from '../state/tenant.js';
import { isNamed } from './provider-accounts.js';
import { assertProof } from './subject-proof.js';
import { readSubject } from './subject-token.js';
import { JWT, type Subject } from './subject.js';
import { assertConfidential } from './vault-clients.js';
import type { ConnectedAccount } from '../state/token-vault.js';
import { assertAllowedAddress, assertGrantedConnection, scopesForWorker } from './worker-access.js';

const FEDERATED_TOKEN = 'http://auth0.com/oauth/token-type/federated-connection-access-token';
const VAULT_TOKEN = 'http://auth0.com/oauth/token-type/token-vault-access-token';

/** The parameters of the exchange beside client authentication. */
export const EXCHANGE_PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'connection',
  'login_hint',
  'scope',
];

/** The Token Vault exchange: an Auth0 token for the access token of a connected account. */
export function tokenVaultExchange(tenant: Tenant): (ctx: TokenEndpointGrantContext) => Promise<void> {
  return async (ctx) => {
    const client = tenant.clients.get(ctx.oidc.client.clientId)!;
    assertConfidential(client);
    const parameters = readParameters(ctx);
    const subject = await readSubject(tenant, ctx.oidc.issuer, client, parameters);
    if (subject.thumbprint !== undefined) await assertProof(tenant, ctx, subject.thumbprint);
    if (subject.worker) {
      assertAllowedAddress(subject.worker, ctx.req.socket.remoteAddress ?? '');
      assertGrantedConnection(subject.worker, parameters.connection);
    }
    if (tenant.switches.requireMfa === 'exchange') throw mfaRequired();
    const account = findAccount(tenant, subject, parameters);
    ctx.body = handOut(tenant, account, parameters, subject);
  };
}

/** The parameters of one exchange, all of them checked for presence and fitting together. */
export interface ExchangeParameters {
  subjectToken: string;
  subjectTokenType: string;
  requestedTokenType: string;
  connection: string;
  loginHint?: string;
  scopes?: string[];
}

function readParameters(ctx: TokenEndpointGrantContext): ExchangeParameters {
  const sent = bodyParameters(ctx);
  for (const name of ['audience', 'resource']) {
    if (sent[name] !== undefined) throw invalidRequest(`${name} is not allowed in this exchange`);
  }
  const text = (name: string): string => {
    const value = sent[name];
    if (typeof value !== 'string' || value === '') throw invalidRequest(`Missing required parameter: ${name}`);
    return value;
  };
  const parameters: ExchangeParameters = {
    subjectToken: text('subject_token'),
    subjectTokenType: text('subject_token_type'),
    requestedTokenType: text('requested_token_type'),
    connection: text('connection'),
    loginHint: sent.login_hint === undefined ? undefined : text('login_hint'),
    scopes: sent.scope === undefined ? undefined : text('scope').split(' ').filter(Boolean),
  };
  const expected = parameters.subjectTokenType === JWT ? VAULT_TOKEN : FEDERATED_TOKEN;
  if (parameters.requestedTokenType !== expected) {
    throw invalidRequest(`requested_token_type must be ${expected} for this subject_token_type`);
  }
  return parameters;
}

function findAccount(
  tenant: Tenant,
  { userId, organization }: Subject,
  { connection, loginHint }: ExchangeParameters,
): ConnectedAccount {
  if (!tenant.connections.has(connection)) throw invalidRequest(`The connection was not found: ${connection}`);
  const account = tenant.vault.latest(
    userId,
    (one) =>
      one.connection === connection &&
      (one.organization === undefined || one.organization === organization) &&
      (loginHint === undefined || isNamed(one.providerAccount, loginHint)),
  );
  if (account) return account;
  throw new OAuthError(
    401,
    'federated_connection_refresh_token_not_found',
    'Federated connection Refresh Token not found.',
  );
}

function handOut(
  tenant: Tenant,
  account: ConnectedAccount,
  { scopes: asked, requestedTokenType }: ExchangeParameters,
  { worker }: Subject,
): Record<string, unknown> {
  const connection = tenant.connections.get(account.connection)!;
  const narrowed = worker && scopesForWorker(worker, connection, account, asked);
  const token = tenant.vault.tokenOf(account.id, narrowed);
  if (!token) {
    throw new OAuthError(
      401,
      'federated_connection_refresh_token_flow_failed',
      'The provider refused to refresh the access token: invalid_grant.',
    );
  }
  const separator = connection.scopeSeparator ?? ' ';
  const left = token.expiresAt === null ? undefined : Math.max(0, Math.floor((token.expiresAt - Date.now()) / 1000));
  return {
    access_token: token.value,
    ...(left === undefined ? undefined : { expires_in: left }),
    scope: token.scopes.join(separator),
    issued_token_type: requestedTokenType,
    token_type: 'Bearer',
  };
}

function invalidRequest(description: string): OAuthError {
  return new OAuthError(400, 'invalid_request', description);
}
