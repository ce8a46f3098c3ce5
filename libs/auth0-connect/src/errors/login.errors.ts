import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * Nobody is logged in, the session is over, or Auth0 no longer accepts its refresh token: log in (again).
 * Code `login_required`, 401.
 */
export class LoginRequiredError extends Auth0ConnectError {
  constructor(
    message = 'Log in to continue',
    options: { /** Where a person logs in, and then comes back. */ loginUrl?: string; cause?: unknown } = {},
  ) {
    super('login_required', 401, message, { details: { loginUrl: options.loginUrl }, cause: options.cause });
    this.loginUrl = options.loginUrl;
  }

  /** Where a person logs in, and then comes back. Known where the error is about a request. */
  readonly loginUrl?: string;

  /** The same error, with the address that puts it right. */
  withLoginUrl(loginUrl: string | undefined): LoginRequiredError {
    return new LoginRequiredError(this.message, { loginUrl, cause: this.cause });
  }
}

/**
 * The application does not let this user in: thrown by its own `beforeSessionBegins`. There is no session then, and the one
 * that the browser may have had goes on. Code `login_refused`, 403.
 *
 * @example
 * if (!(await this.invitations.has(login.user.email))) throw new LoginRefusedError('not_invited');
 */
export class LoginRefusedError extends Auth0ConnectError {
  constructor(
    /** A word of the application's own, which the answer tells and `failedCallbackPage` may choose a page by. */
    readonly reason?: string,
    options: { cause?: unknown } = {},
  ) {
    super('login_refused', 403, 'This application does not let you in', { details: { reason }, cause: options.cause });
  }
}

/**
 * There is no refresh token in this session: it was begun without `offline_access`. Code `missing_refresh_token`, 403.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess
 */
export class MissingRefreshTokenError extends Auth0ConnectError {
  constructor() {
    super(
      'missing_refresh_token',
      403,
      'This session holds no refresh token. Ask for the scope "offline_access" at login and allow it for the API in Auth0',
    );
  }
}

/**
 * Auth0 answered a login whose `session_expiry` has passed already: there is no session. Log in again. Code
 * `session_expiry_passed`, 403.
 */
export class SessionExpiryPassedError extends Auth0ConnectError {
  constructor() {
    super('session_expiry_passed', 403, 'This login was over before it was completed. Log in again');
  }
}
