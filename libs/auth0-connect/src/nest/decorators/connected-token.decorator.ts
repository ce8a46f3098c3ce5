import { createParamDecorator } from '@nestjs/common';
import { connectionTokenId } from '../../accounts/connection-tokens.js';
import { checkConnection, checkLoginHint, checkScopes } from '../../accounts/check-input.js';
import { connectedToken, type WantedConnectionToken } from './connected-token.parameter.js';
import { noteWanted } from './wanted-tokens.js';

/** What a `@ConnectedToken` asks for besides the connection. */
export interface ConnectedTokenOptions {
  /** What the token must be good for. Missing ones are a 403 `insufficient_scope`. */
  scopes?: readonly string[];
  /** Chooses between several accounts of the connection. */
  loginHint?: string;
  /** `token` (default) injects a string, `details` a `ConnectionToken`. */
  as?: 'token' | 'details';
}

const tokenParameter = createParamDecorator(connectedToken);

/**
 * The provider's access token of the user of this request. Where the account is not connected, or lacks a scope, the
 * handler is not run: the answer is a 403 with `errorCode` (`connection_required`, `insufficient_scope`) and the
 * `connectUrl` that puts it right.
 * @throws InvalidRequestError at once, for a connection, scope or login hint that Auth0 would not take
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 *
 * @example
 * events(@ConnectedToken('google-oauth2', { scopes: ['https://www.googleapis.com/auth/calendar.readonly'] }) token: string)
 */
export function ConnectedToken(connection: string, options: ConnectedTokenOptions = {}): ParameterDecorator {
  const loginHint = checkLoginHint(options.loginHint);
  const tokenId = connectionTokenId(checkConnection(connection), loginHint);
  const wanted: WantedConnectionToken = {
    connection,
    loginHint,
    scopes: checkScopes(options.scopes),
    as: options.as ?? 'token',
    tokenIds: [tokenId],
  };
  const parameter = tokenParameter(wanted);
  return (target, name, index) => {
    noteWanted(target, name, wanted);
    parameter(target, name, index);
  };
}
