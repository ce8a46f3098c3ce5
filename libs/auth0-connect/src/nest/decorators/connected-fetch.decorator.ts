import { createParamDecorator } from '@nestjs/common';
import { checkConnection, checkLoginHint, checkScopes } from '../../accounts/check-input.js';
import { connectionTokenId } from '../../accounts/connection-tokens.js';
import { checkOrigins } from '../../accounts/token-origins.js';
import { connectedFetch, type WantedFetch } from './connected-fetch.parameter.js';
import { noteWanted } from './wanted-tokens.js';

/** What a `@ConnectedFetch` is for besides the connection. */
export interface ConnectedFetchOptions {
  /** The origins that the token may be sent to, exact, https outside loopback: `https://api.github.com`. */
  origins: readonly string[];
  /** What the token must be good for. Missing ones are a 403 `insufficient_scope`. */
  scopes?: readonly string[];
  /** Chooses between several accounts of the connection. */
  loginHint?: string;
}

const fetchParameter = createParamDecorator(connectedFetch);

/**
 * A `fetch` with the provider's access token of the user of this request, which stays fresh: see `ProviderFetch`. Where the
 * account is not connected, or lacks a scope, the handler is not run, as with `@ConnectedToken`.
 * @throws InvalidRequestError at once, for origins that a token must not be sent to, and for a connection, scope or login hint
 * that Auth0 would not take
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 *
 * @example
 * repositories(@ConnectedFetch('github', { origins: ['https://api.github.com'] }) github: ProviderFetch) {
 *   return new Octokit({ request: { fetch: github } }).repos.listForAuthenticatedUser();
 * }
 */
export function ConnectedFetch(connection: string, options: ConnectedFetchOptions): ParameterDecorator {
  const loginHint = checkLoginHint(options.loginHint);
  const wanted: WantedFetch = {
    connection: checkConnection(connection),
    loginHint,
    scopes: checkScopes(options.scopes),
    as: 'details',
    tokenIds: [connectionTokenId(connection, loginHint)],
    origins: checkOrigins(options.origins),
  };
  const parameter = fetchParameter(wanted);
  return (target, name, index) => {
    noteWanted(target, name, wanted);
    parameter(target, name, index);
  };
}
