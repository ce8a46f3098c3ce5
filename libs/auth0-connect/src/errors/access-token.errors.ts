import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * The request carries no access token. Code `access_token_required`, 401.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export class AccessTokenRequiredError extends Auth0ConnectError {
  constructor() {
    super('access_token_required', 401, 'Send an access token in the Authorization header');
  }
}

/**
 * The access token is not good here: damaged, expired, for another API, of another issuer, or bound to a key that was
 * not proved. Get a new one. Code `invalid_token`, 401.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 */
export class InvalidAccessTokenError extends Auth0ConnectError {
  constructor(
    /** Safe to show: it never holds anything of the token. */
    readonly reason: string,
    options: { cause?: unknown } = {},
  ) {
    super('invalid_token', 401, `The access token is not accepted: ${reason}`, options);
  }
}

/**
 * The DPoP proof is missing, does not fit the request or its access token, or was used before. Code
 * `invalid_dpop_proof`, 401.
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
 */
export class InvalidDpopProofError extends Auth0ConnectError {
  constructor(
    /** Safe to show: it never holds anything of the proof. */
    readonly reason: string,
    options: { cause?: unknown } = {},
  ) {
    super('invalid_dpop_proof', 401, `The DPoP proof is not accepted: ${reason}`, options);
  }
}

/**
 * The access token is good, and was not granted a scope that this route asks for. Code `insufficient_token_scope`,
 * 403.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 */
export class InsufficientTokenScopeError extends Auth0ConnectError {
  constructor(
    /** What to ask for: all of them, or any one where the route says so. */
    readonly scopes: readonly string[],
    options: { anyOf?: boolean } = {},
  ) {
    const which = options.anyOf ? 'any of the scopes' : 'the scopes';
    super('insufficient_token_scope', 403, `The access token needs ${which} ${scopes.join(', ')}`, {
      details: { scopes },
    });
  }
}

/**
 * The access token is good, and its user has no role with a permission that this route asks for. Code
 * `insufficient_permissions`, 403.
 */
export class InsufficientPermissionsError extends Auth0ConnectError {
  constructor(
    /** What is asked for: all of them, or any one where the route says so. */
    readonly permissions: readonly string[],
    options: { anyOf?: boolean } = {},
  ) {
    const which = options.anyOf ? 'any of the permissions' : 'the permissions';
    super('insufficient_permissions', 403, `The user of the access token needs ${which} ${permissions.join(', ')}`, {
      details: { permissions },
    });
  }
}

/**
 * The call is not for this kind of subject, and the message says what is. Code `unsupported_subject`; 403 where a caller
 * of the API asked for it, else 400.
 */
export class UnsupportedSubjectError extends Auth0ConnectError {
  constructor(advice: string, options: { byCaller?: boolean } = {}) {
    super('unsupported_subject', options.byCaller ? 403 : 400, advice);
  }
}
