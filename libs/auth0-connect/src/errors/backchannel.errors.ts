import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * The person rejected the login on their device. Code `access_denied`, 403.
 * @see https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#rfc.section.11
 */
export class BackchannelLoginDeniedError extends Auth0ConnectError {
  constructor(options: { cause?: unknown } = {}) {
    super('access_denied', 403, 'The login was not approved', options);
  }
}

/**
 * Nobody approved the login in time: begin a new one. Code `backchannel_login_expired`, 403.
 * @see https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#rfc.section.11
 */
export class BackchannelLoginExpiredError extends Auth0ConnectError {
  constructor(options: { cause?: unknown } = {}) {
    super('backchannel_login_expired', 403, 'The login was not approved in time. Start again', options);
  }
}

/**
 * What came in as a logout token is none, or not one for this application. Code `invalid_logout_token`, 400.
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
 */
export class InvalidLogoutTokenError extends Auth0ConnectError {
  constructor(
    /** What is wrong, without anything out of the token. */
    readonly problem: string,
    options: { cause?: unknown } = {},
  ) {
    super('invalid_logout_token', 400, `The logout token is not valid: ${problem}`, options);
  }
}
