// Apart from the strategies, so that our public types do not need those of passport.
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { UserClaims } from '../../session/user-claims.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';

export const SESSION_STRATEGY = 'auth0-connect-session';
export const ACCESS_TOKEN_STRATEGY = 'auth0-connect-access-token';

/** What the guard hands to the session strategy with each request. */
export interface SessionStrategyOptions {
  findUser: () => MaybePromise<UserClaims | undefined>;
}

/** What the guard hands to the access token strategy with each request. */
export interface AccessTokenStrategyOptions {
  findCaller: () => Promise<ApiCaller>;
}
