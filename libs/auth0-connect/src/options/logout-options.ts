import type { OptionsCheck } from './options-check.js';
import { namesUser, parseWebAddress } from './web-address.js';

/**
 * What a logout does besides ending the session here.
 * @see https://auth0.com/docs/authenticate/login/logout/log-users-out-of-auth0
 */
export interface LogoutOptions {
  /**
   * Revokes the session's refresh token at Auth0. A failure is logged and stops nothing. Default false: it is forgotten
   * here, and expires at Auth0.
   */
  revokeRefreshToken?: boolean;
  /**
   * Absolute URLs outside of the application that a logout may lead to, exactly as they are given. They have to be
   * Allowed Logout URLs at Auth0 too, as any other `returnTo`. Default: none but paths of the application.
   */
  allowedReturnTo?: readonly string[];
  /** Logs out at the identity provider as well (Google, an enterprise connection), each time. Default false. */
  federated?: boolean;
}

/** What a logout does besides ending the session here, checked. */
export interface ResolvedLogout {
  readonly revokeRefreshToken: boolean;
  /** Absolute URLs. */
  readonly allowedReturnTo: readonly string[];
  readonly federated: boolean;
}

/** How a logout goes. */
export function resolveLogout(given: unknown, check: OptionsCheck): ResolvedLogout {
  const logout: Partial<Record<keyof LogoutOptions, unknown>> = check.object('logout', given);
  return Object.freeze({
    revokeRefreshToken: check.boolean('logout.revokeRefreshToken', logout.revokeRefreshToken, false),
    allowedReturnTo: urlsOf(logout.allowedReturnTo, check),
    federated: check.boolean('logout.federated', logout.federated, false),
  });
}

function urlsOf(value: unknown, check: OptionsCheck): readonly string[] {
  const list: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (!list.every(isWebAddress)) {
    check.add('logout.allowedReturnTo must be a list of absolute http or https URLs');
  }
  return Object.freeze(list.filter(isWebAddress));
}

function isWebAddress(value: unknown): value is string {
  const url = parseWebAddress(value);
  return url !== undefined && !namesUser(url);
}
