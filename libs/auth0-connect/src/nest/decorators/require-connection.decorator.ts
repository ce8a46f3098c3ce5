import { checkConnection, checkLoginHint, checkScopes } from '../../accounts/check-input.js';
import { connectionTokenId } from '../../accounts/connection-tokens.js';
import { noteRequired } from './wanted-tokens.js';

/** What has to be connected besides the connection's name. */
export interface RequireConnectionOptions {
  /** What its token must be good for. Missing ones are a 403 `insufficient_scope`. */
  scopes?: readonly string[];
  /** Chooses between several accounts of the connection. */
  loginHint?: string;
}

/**
 * The user has to have connected such an account before the handler, or any handler of the controller: else our guard answers
 * 403 (`connection_required`, `insufficient_scope`) with the `connectUrl`, before any header of an answer is sent. For `@Sse`,
 * streams, and whatever else begins its answer before it has the token; the token itself is given by `@ConnectedToken` or
 * `ConnectedAccountsService`, without another exchange. The order of the decorators means nothing.
 * @throws InvalidRequestError at once, for a connection, scope or login hint that Auth0 would not take; ConfigurationError at
 * start-up where no guard looks at it
 *
 * @example
 * @Sse('commits')
 * @UseGuards(SessionGuard)
 * @RequireConnection('github', { scopes: ['repo'] })
 */
export function RequireConnection(
  connection: string,
  options: RequireConnectionOptions = {},
): ClassDecorator & MethodDecorator {
  const loginHint = checkLoginHint(options.loginHint);
  const tokenId = connectionTokenId(checkConnection(connection), loginHint);
  const scopes = checkScopes(options.scopes);
  return (target: object, _name?: string | symbol, descriptor?: { value?: unknown }) => {
    noteRequired((descriptor?.value as object | undefined) ?? target, {
      connection,
      loginHint,
      scopes,
      tokenIds: [tokenId],
    });
  };
}
