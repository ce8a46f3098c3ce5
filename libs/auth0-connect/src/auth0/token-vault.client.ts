import * as openid from 'openid-client';
import type { ProviderToken, TokenVault } from '../accounts/ports.js';
import { Auth0MisconfiguredError, Auth0RefusedError, ProviderUnavailableError } from '../errors/index.js';
import { toldScopes } from '../shared/scopes.js';
import { AccountNotConnected } from '../tokens/account-not-connected.js';
import type { OpenIdClient } from './openid.client.js';
import type { PrivilegedWorker } from './privileged-worker.js';
import { expiresInOf, keepable } from './received.js';

const OPERATION = 'exchange';
export const TOKEN_VAULT_GRANT = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';
export const FEDERATED_CONNECTION_ACCESS_TOKEN = 'http://auth0.com/oauth/token-type/federated-connection-access-token';
const SUBJECT_TOKEN_TYPES = {
  refresh_token: 'urn:ietf:params:oauth:token-type:refresh_token',
  access_token: 'urn:ietf:params:oauth:token-type:access_token',
};

const WORKER_SUBJECT_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const WORKER_REQUESTED_TOKEN_TYPE = 'http://auth0.com/oauth/token-type/token-vault-access-token';

/** What says that there is no such account, or that the user's grant is gone. */
const GONE = /^(tokenset|federated_connection(_[a-z]+)*)_not_found$/;
/** Auth0 asked the provider for a new token, and got none. */
const FLOW_FAILED = /^federated_connection_/;
/** In what the provider said then: its refresh token will never do again. */
const GRANT_REVOKED = /\binvalid_grant\b|\brevoked\b|\bexpired\b/i;

type Exchange = Parameters<TokenVault['exchange']>[0];

/** The clients that exchange what is not the application's own. */
export interface OtherClients {
  /** The API's, for its callers' access tokens. */
  readonly api?: OpenIdClient;
  readonly worker?: PrivilegedWorker;
}

/**
 * Token Vault's exchange.
 * @see https://auth0.com/docs/api/authentication/token-vault-token-exchange/get-token
 */
export class Auth0TokenVault implements TokenVault {
  constructor(
    private readonly client: OpenIdClient,
    private readonly others: OtherClients = {},
  ) {}

  async exchange(request: Exchange): Promise<ProviderToken> {
    try {
      return await this.present(request);
    } catch (error) {
      throw error instanceof Auth0RefusedError ? aboutTheAccount(error, request.connection) : error;
    }
  }

  private async present({ issuerOrigin, subjectToken, ...account }: Exchange): Promise<ProviderToken> {
    if (subjectToken.type === 'refresh_token') {
      return send(this.client, issuerOrigin, proofOf(subjectToken), account, subjectToken.dpopKey);
    }
    if (subjectToken.type === 'access_token')
      return send(this.apiClient(), issuerOrigin, proofOf(subjectToken), account);
    const worker = this.worker();
    return worker.ask({ issuerOrigin, ...subjectToken }, (value) =>
      send(worker.client, issuerOrigin, workerProof(value, subjectToken.scopes), account),
    );
  }

  private apiClient(): OpenIdClient {
    if (this.others.api) return this.others.api;
    throw new Auth0MisconfiguredError(
      OPERATION,
      'Set the option apiClient to the client that is linked to the API in Auth0: only it may exchange access tokens',
    );
  }

  private worker(): PrivilegedWorker {
    if (this.others.worker) return this.others.worker;
    throw new Auth0MisconfiguredError(OPERATION, 'Set the option worker to work for users without a session');
  }
}

function proofOf({ type, value }: { type: keyof typeof SUBJECT_TOKEN_TYPES; value: string }): Record<string, string> {
  return {
    subject_token: value,
    subject_token_type: SUBJECT_TOKEN_TYPES[type],
    requested_token_type: FEDERATED_CONNECTION_ACCESS_TOKEN,
  };
}

function workerProof(value: string, scopes: readonly string[]): Record<string, string> {
  return {
    subject_token: value,
    subject_token_type: WORKER_SUBJECT_TOKEN_TYPE,
    requested_token_type: WORKER_REQUESTED_TOKEN_TYPE,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  };
}

async function send(
  configuration: OpenIdClient,
  issuerOrigin: string,
  proof: Record<string, string>,
  { connection, loginHint }: Pick<Exchange, 'connection' | 'loginHint'>,
  dpopKey?: string,
): Promise<ProviderToken> {
  const parameters = { ...proof, connection, ...(loginHint !== undefined && { login_hint: loginHint }) };
  const response = await configuration.call(
    issuerOrigin,
    OPERATION,
    (client, options) => openid.genericGrantRequest(client, TOKEN_VAULT_GRANT, parameters, options),
    { dpopKey, isRepeatable: true },
  );
  return {
    accessToken: keepable(OPERATION, 'access_token', response.access_token),
    expiresIn: expiresInOf(OPERATION, response),
    scopes: toldScopes(response.scope && keepable(OPERATION, 'scope', response.scope)),
  };
}

/**
 * Refused for three reasons that `error` tells apart: the client (never here), the subject token, the account. An account is
 * gone only where Auth0 says so: whatever else went wrong with it passes, and nothing that is stored is dropped for it.
 */
function aboutTheAccount(refused: Auth0RefusedError, connection: string): Error {
  const { auth0Status: status, auth0Error: error, auth0Description: description } = refused;
  if (GONE.test(error)) return new AccountNotConnected({ cause: refused });
  if (!FLOW_FAILED.test(error)) return refused;
  if (GRANT_REVOKED.test(description ?? '')) return new AccountNotConnected({ wasRevoked: true, cause: refused });
  return new ProviderUnavailableError({ connection, answer: { status, error, description }, cause: refused });
}
