import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * The callback belongs to no pending login or connect of this browser: its `state` is missing, unknown, already used,
 * too old, or was begun in another browser or by another user. Code `invalid_state`, 400.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-10.12
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

/**
 * The callback lacks what its transaction needs, or has what it must not have. Code `invalid_callback`, 400.
 * @see https://www.rfc-editor.org/rfc/rfc9207#section-2.4
 */
export class InvalidCallbackError extends Auth0ConnectError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('invalid_callback', 400, message, options);
  }
}

/** Something failed on our side while a login or connect was completed; `cause` says what. Code `callback_failed`, 500. */
export class CallbackFailedError extends Auth0ConnectError {
  constructor(options: { cause?: unknown } = {}) {
    super('callback_failed', 500, 'The login or connection could not be completed. Start again', options);
  }
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

const LONGEST_ERROR = 200;
const LONGEST_DESCRIPTION = 2000;

/**
 * The person, Auth0 or the provider said no on the way: the transaction is over, the session is untouched.
 * Code `access_denied` when somebody pressed cancel, else `authorization_failed`; 403.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AuthError
 */
export class AuthorizationDeniedError extends Auth0ConnectError {
  /** The `error` of the callback when it is a registered one, else `unknown_error`. This is what the answer tells. */
  readonly authorizationError: string;
  /** For the developer, never in an answer: `error` as it came, such as a code of an Action's own. */
  readonly auth0Error: string;
  /** For the developer, never in an answer: `error_description` as it came, such as the reason that an Action gave. */
  readonly auth0Description: string | undefined;

  constructor(error: string, options: { description?: string; connection?: string } = {}) {
    const { description, connection } = options;
    const authorizationError = KNOWN_AUTHORIZATION_ERRORS.has(error) ? error : 'unknown_error';
    const denied = authorizationError === 'access_denied';
    super(
      denied ? 'access_denied' : 'authorization_failed',
      403,
      denied ? 'Access was not granted' : 'Auth0 or the provider ended the request with an error. Try again',
      { details: { authorizationError, connection } },
    );
    this.authorizationError = authorizationError;
    this.auth0Error = error.slice(0, LONGEST_ERROR);
    this.auth0Description = description?.slice(0, LONGEST_DESCRIPTION);
  }
}
