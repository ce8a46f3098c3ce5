import { Auth0ConnectError, type ErrorDetails } from './auth0-connect.error.js';

/** Of what Auth0 has sent; nothing it documents is as long. */
const LONGEST_CODE = 200;
const LONGEST_DESCRIPTION = 2000;

/** What Auth0 has answered, as it came. */
export interface Auth0Answer {
  /** The HTTP status. */
  readonly status?: number;
  /** `error` of an OAuth error response, or `title` of a My Account one. */
  readonly error?: string;
  /** `error_description`, or `detail`. */
  readonly description?: string;
  /** `type` of a My Account error, a URI. */
  readonly type?: string;
}

/**
 * Base of the errors that Auth0's answers end in. For the developer: `auth0Status`, `auth0Error`, `auth0Description` and
 * `auth0Type` hold what Auth0 said, where it said something. None of it is in the answer to a request.
 */
export abstract class Auth0Error extends Auth0ConnectError {
  /** Which call it was; docs/errors.md lists them. */
  readonly operation: string;
  /** The HTTP status of the answer. */
  readonly auth0Status: number | undefined;
  /** `error` of an OAuth error response, or `title` of a My Account one. */
  readonly auth0Error: string | undefined;
  /** `error_description`, or `detail`: text from outside, which is for no page. */
  readonly auth0Description: string | undefined;
  /** `type` of a My Account error, a URI. */
  readonly auth0Type: string | undefined;

  protected constructor(
    code: string,
    status: number,
    message: string,
    {
      operation,
      answer = {},
      details,
      cause,
    }: { operation: string; answer?: Auth0Answer; details?: ErrorDetails; cause?: unknown },
  ) {
    super(code, status, message, { details: { operation, ...details }, cause });
    this.operation = operation;
    this.auth0Status = answer.status;
    this.auth0Error = answer.error?.slice(0, LONGEST_CODE);
    this.auth0Description = answer.description?.slice(0, LONGEST_DESCRIPTION);
    this.auth0Type = answer.type?.slice(0, LONGEST_CODE);
  }
}

/** Auth0 did not answer in time, could not be reached, or answered 5xx. Trying later helps. Code `auth0_unavailable`, 503. */
export class Auth0UnavailableError extends Auth0Error {
  /** Seconds after which to try again, where Auth0 has said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(operation: string, options: { answer?: Auth0Answer; retryAfterSeconds?: number; cause?: unknown } = {}) {
    super('auth0_unavailable', 503, 'Auth0 cannot be reached at the moment. Try again', { operation, ...options });
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/**
 * Auth0 could not renew the provider's token, and did not say that the user's grant is gone: the provider has an outage, most
 * likely. What is stored stays. Trying later helps; where it does not, a person connects the account again at `connectUrl`.
 * Code `provider_unavailable`, 503.
 */
export class ProviderUnavailableError extends Auth0Error {
  /** The connection's name at Auth0. */
  readonly connection: string;
  /** Where a person connects the account again. Undefined where the connect route is switched off. */
  readonly connectUrl: string | undefined;

  constructor(options: { connection: string; connectUrl?: string; answer?: Auth0Answer; cause?: unknown }) {
    const { connection, connectUrl, answer, cause } = options;
    super('provider_unavailable', 503, `"${connection}" gives no token at the moment. Try again`, {
      operation: 'exchange',
      answer,
      details: { connection, connectUrl },
      cause,
    });
    this.connection = connection;
    this.connectUrl = connectUrl;
  }
}

/**
 * Auth0 answered 429, and waiting within this call did not help. Code `rate_limited`, 429.
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export class RateLimitedError extends Auth0Error {
  constructor(
    operation: string,
    /** Seconds after which Auth0 accepts calls again. */
    readonly retryAfterSeconds: number,
    options: { answer?: Auth0Answer } = {},
  ) {
    super('rate_limited', 429, `Auth0 accepts no more calls at the moment. Try again in ${retryAfterSeconds} s`, {
      operation,
      answer: { status: 429, ...options.answer },
      details: { retryAfterSeconds },
    });
  }
}

/** Auth0 answered something its contract does not allow. Nothing of it was kept. Code `invalid_auth0_response`, 502. */
export class InvalidAuth0ResponseError extends Auth0Error {
  constructor(operation: string, problem: string, options: { cause?: unknown } = {}) {
    super('invalid_auth0_response', 502, `Auth0's answer cannot be used: ${problem}`, { operation, ...options });
  }
}

/**
 * One entry of `validation_errors` in an answer of the My Account API.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export interface Auth0ValidationError {
  /** What is wrong, in Auth0's words. */
  detail: string;
  /** Name of the parameter. */
  field?: string;
  /** Where it is in the body, a JSON pointer. */
  pointer?: string;
  /** Which part of the request: `body`, `query` ... */
  source?: string;
}

/**
 * Auth0 refused the request as it was made; `validationErrors` are My Account's. Code `auth0_refused`; 400 when what Auth0
 * refused came from the caller, such as the name of a connection, else 502.
 */
export class Auth0RefusedError extends Auth0Error {
  /** The HTTP status of the answer. */
  declare readonly auth0Status: number;
  /** `error` of an OAuth error response, or `title` of a My Account one. */
  declare readonly auth0Error: string;
  /** What the My Account API says of each parameter; empty elsewhere. */
  readonly validationErrors: readonly Auth0ValidationError[];

  constructor(
    operation: string,
    answer: Auth0Answer & {
      status: number;
      error: string;
      validationErrors?: readonly Auth0ValidationError[];
    },
    options: {
      /** What was refused came from the caller: the answer is 400 then. */
      callerInput?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super('auth0_refused', options.callerInput ? 400 : 502, `Auth0 refused the request (${answer.status})`, {
      operation,
      answer,
      cause: options.cause,
    });
    this.validationErrors = answer.validationErrors ?? [];
  }
}

/**
 * An Action of the tenant refuses this user, or the user is blocked: `auth0Description` has the reason. Nothing is wrong with
 * the set-up, and a login would be refused too. Code `access_denied`, 403.
 */
export class AccessDeniedError extends Auth0Error {
  constructor(operation: string, options: { answer?: Auth0Answer; cause?: unknown } = {}) {
    super('access_denied', 403, 'Access was not granted', { operation, ...options });
  }
}

/**
 * The tenant is not set up for what was asked: wrong client credentials, a grant type that is off, an audience or scope
 * outside the refresh-token policies. The message says what to switch on. Code `auth0_misconfigured`, 502.
 */
export class Auth0MisconfiguredError extends Auth0Error {
  constructor(operation: string, advice: string, options: { answer?: Auth0Answer; cause?: unknown } = {}) {
    super('auth0_misconfigured', 502, advice, { operation, ...options });
  }
}

/**
 * Auth0 asks for a stronger login before it gives this token; the session stays as it is.
 * Code `mfa_required` or `unmet_authentication_requirements`, 403.
 * @see https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html
 */
export class StepUpRequiredError extends Auth0Error {
  constructor(
    code: 'mfa_required' | 'unmet_authentication_requirements',
    options: { operation?: string; answer?: Auth0Answer; cause?: unknown } = {},
  ) {
    super(code, 403, 'Auth0 asks for another authentication step before it gives this token', {
      operation: 'token',
      ...options,
    });
  }
}
