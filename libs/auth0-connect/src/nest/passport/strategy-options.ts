import type { RequestContext } from '../request/request-context.js';

/** Name of the strategy that goes by the login session: `AuthGuard('auth0-connect-session')`. */
export const SESSION_STRATEGY = 'auth0-connect-session';
/** Name of the strategy that goes by the access token: `AuthGuard('auth0-connect-access-token')`. */
export const ACCESS_TOKEN_STRATEGY = 'auth0-connect-access-token';

/**
 * What `getAuthenticateOptions` of a guard may add for either strategy.
 * @see https://docs.nestjs.com/recipes/passport
 */
export interface StrategyOptions {
  /** Name of the `Auth0ConnectModule`. Default: the unnamed one. */
  readonly instance?: string;
  /** @internal What a guard of ours knows already. */
  readonly known?: RequestContext;
}
