import * as openid from 'openid-client';
import type { ProviderToken, TokenVault } from '../accounts/ports.js';
import { Auth0RefusedError, ConnectionRequiredError } from '../errors/index.js';
import { parseScopes } from '../shared/scopes.js';
import type { OpenIdConfiguration } from './openid-configuration.js';

const GRANT_TYPE = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';
const REQUESTED_TOKEN_TYPE = 'http://auth0.com/oauth/token-type/federated-connection-access-token';
const SUBJECT_TOKEN_TYPES = { refresh_token: 'urn:ietf:params:oauth:token-type:refresh_token' };

/** A 401 of these is about the subject token or the request, and not about the account. */
const NOT_ABOUT_THE_ACCOUNT = new Set(['invalid_grant', 'invalid_token', 'expired_token', 'invalid_request']);

/**
 * Token Vault's exchange.
 * @see https://auth0.com/docs/api/authentication/token-vault-token-exchange/get-token
 */
export class Auth0TokenVault implements TokenVault {
  constructor(private readonly configuration: OpenIdConfiguration) {}

  async exchange({
    domain,
    subjectToken,
    connection,
    loginHint,
  }: Parameters<TokenVault['exchange']>[0]): Promise<ProviderToken> {
    try {
      const response = await this.configuration.grant(domain, 'exchange', (configuration) =>
        openid.genericGrantRequest(configuration, GRANT_TYPE, {
          subject_token: subjectToken.value,
          subject_token_type: SUBJECT_TOKEN_TYPES[subjectToken.type],
          requested_token_type: REQUESTED_TOKEN_TYPE,
          connection,
          ...(loginHint !== undefined && { login_hint: loginHint }),
        }),
      );
      return {
        accessToken: response.access_token,
        expiresIn: response.expires_in,
        scopes: response.scope === undefined ? undefined : parseScopes(response.scope),
      };
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || !isNotConnected(error)) throw error;
      throw new ConnectionRequiredError({ connection, loginHint, scopes: [], cause: error });
    }
  }
}

/** 401 for three reasons, told apart by `error`: the client (never here), the subject token, no such account. */
function isNotConnected({ auth0Status, auth0Error }: Auth0RefusedError): boolean {
  if (auth0Error.startsWith('federated_connection_') || auth0Error === 'tokenset_not_found') return true;
  return auth0Status === 401 && !NOT_ABOUT_THE_ACCOUNT.has(auth0Error);
}
