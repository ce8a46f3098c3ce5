import { Auth0ConnectError } from './auth0-connect.error.js';

/** Of an `error` that Auth0 has sent; no registered one is as long. */
const LONGEST_ERROR = 200;

/** Auth0 did not answer in time, could not be reached, or answered 5xx. Trying later helps. Code `auth0_unavailable`, 503. */
export class Auth0UnavailableError extends Auth0ConnectError {
  constructor(operation: string, options: { cause?: unknown } = {}) {
    super('auth0_unavailable', 503, 'Auth0 cannot be reached at the moment. Try again', {
      details: { operation },
      cause: options.cause,
    });
  }
}

/** Auth0 answered 429, and waiting within this call did not help. Code `rate_limited`, 429. */
export class RateLimitedError extends Auth0ConnectError {
  constructor(
    operation: string,
    /** Seconds after which Auth0 accepts calls again. */
    readonly retryAfterSeconds: number,
  ) {
    super('rate_limited', 429, `Auth0 accepts no more calls at the moment. Try again in ${retryAfterSeconds} s`, {
      details: { operation, retryAfterSeconds },
    });
  }
}

/** Auth0 answered something its contract does not allow. Nothing of it was kept. Code `invalid_auth0_response`, 502. */
export class InvalidAuth0ResponseError extends Auth0ConnectError {
  constructor(operation: string, problem: string, options: { cause?: unknown } = {}) {
    super('invalid_auth0_response', 502, `Auth0's answer cannot be used: ${problem}`, {
      details: { operation },
      cause: options.cause,
    });
  }
}

/** One entry of `validation_errors` in an answer of the My Account API. */
export interface Auth0ValidationError {
  detail: string;
  field?: string;
  pointer?: string;
  source?: string;
}

/**
 * Auth0 refused the request as it was made. For the developer: `auth0Error`, `auth0Description` and `validationErrors`
 * hold what Auth0 said; none of it is shown to the person. Code `auth0_refused`; 400 when what Auth0 refused came from
 * the caller, such as the name of a connection, else 502.
 */
export class Auth0RefusedError extends Auth0ConnectError {
  readonly auth0Status: number;
  /** `error` of an OAuth error response, or `title` of a My Account one. */
  readonly auth0Error: string;
  readonly auth0Description?: string;
  readonly validationErrors: readonly Auth0ValidationError[];

  constructor(
    operation: string,
    answer: {
      status: number;
      error: string;
      description?: string;
      validationErrors?: readonly Auth0ValidationError[];
    },
    options: {
      /** What was refused came from the caller: the answer is 400 then. */
      callerInput?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super('auth0_refused', options.callerInput ? 400 : 502, `Auth0 refused the request (${answer.status})`, {
      details: { operation },
      cause: options.cause,
    });
    this.auth0Status = answer.status;
    this.auth0Error = answer.error.slice(0, LONGEST_ERROR);
    this.auth0Description = answer.description;
    this.validationErrors = answer.validationErrors ?? [];
  }
}

/**
 * The tenant is not set up for what was asked: wrong client credentials, a grant type that is off, an audience or scope
 * outside the refresh-token policies. The message says what to switch on. Code `auth0_misconfigured`, 502.
 */
export class Auth0MisconfiguredError extends Auth0ConnectError {
  constructor(operation: string, advice: string, options: { cause?: unknown } = {}) {
    super('auth0_misconfigured', 502, advice, { details: { operation }, cause: options.cause });
  }
}
