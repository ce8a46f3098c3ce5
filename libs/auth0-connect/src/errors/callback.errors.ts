import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * The callback belongs to no pending login or connect of this browser: its `state` is missing, unknown, already used,
 * too old, or was begun in another browser or by another user. Code `invalid_state`, 400.
 */
export class InvalidStateError extends Auth0ConnectError {
  constructor() {
    super(
      'invalid_state',
      400,
      'This answer belongs to no login or connection that was started here and is still pending. Start again',
    );
  }
}

/** The callback lacks what its transaction needs, or has what it must not have. Code `invalid_callback`, 400. */
export class InvalidCallbackError extends Auth0ConnectError {
  constructor(message: string, options: { returnTo?: string; cause?: unknown } = {}) {
    super('invalid_callback', 400, message, options);
    this.returnTo = options.returnTo;
  }

  /** Where the person wanted to go. Known only when the transaction was found. */
  readonly returnTo?: string;
}

/** What an authorization server may answer instead of a code, RFC 6749 section 4.1.2.1 and OpenID Connect Core 3.1.2.6. */
const KNOWN_AUTHORIZATION_ERRORS = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
]);

/**
 * The person, Auth0 or the provider said no on the way: the transaction is over, the session is untouched.
 * Code `access_denied` when somebody pressed cancel, else `authorization_failed`; 403.
 */
export class AuthorizationDeniedError extends Auth0ConnectError {
  /** The `error` of the callback when it is a registered one, else `unknown_error`. The description is never kept. */
  readonly authorizationError: string;
  /** Where the person wanted to go. */
  readonly returnTo: string;

  constructor(error: string, returnTo: string, connection?: string) {
    const authorizationError = KNOWN_AUTHORIZATION_ERRORS.has(error) ? error : 'unknown_error';
    const denied = authorizationError === 'access_denied';
    super(
      denied ? 'access_denied' : 'authorization_failed',
      403,
      denied ? 'Access was not granted' : 'Auth0 or the provider ended the request with an error. Try again',
      { details: { authorizationError, connection } },
    );
    this.authorizationError = authorizationError;
    this.returnTo = returnTo;
  }
}
