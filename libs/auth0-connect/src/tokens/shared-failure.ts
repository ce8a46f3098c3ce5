import {
  AccessDeniedError,
  Auth0ConnectError,
  Auth0Error,
  Auth0MisconfiguredError,
  Auth0RefusedError,
  Auth0UnavailableError,
  CipherUnavailableError,
  InvalidAccessTokenError,
  InvalidAuth0ResponseError,
  LoginRequiredError,
  MissingRefreshTokenError,
  ProviderUnavailableError,
  RateLimitedError,
  StepUpRequiredError,
  StorageFailedError,
  StorageUnavailableError,
} from '../errors/index.js';
import { AccountNotConnected } from './account-not-connected.js';

/** An exchange's failure in a form that another process can read from the row. */
export interface SharedFailure {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const NOT_CONNECTED = 'not_connected';

export function toSharedFailure(error: unknown): SharedFailure {
  if (error instanceof AccountNotConnected) return { code: NOT_CONNECTED, message: error.message, details: {} };
  if (!(error instanceof Auth0ConnectError)) return { code: 'unknown', message: 'unexpected failure', details: {} };
  const said = error instanceof Auth0Error ? { status: error.auth0Status, error: error.auth0Error } : {};
  return { code: error.code, message: error.message, details: { ...error.details, ...said } };
}

/** A failure as it stands in a row, which need not have been written by us. */
export function parseSharedFailure(json: string | null): SharedFailure | undefined {
  try {
    const failure = JSON.parse(json ?? 'null') as Partial<SharedFailure> | null;
    const { code, message, details } = failure ?? {};
    const isOurs = typeof code === 'string' && typeof message === 'string' && typeof details === 'object' && details;
    return isOurs ? { code, message, details } : undefined;
  } catch {
    return undefined;
  }
}

/** The error that the process which asked Auth0 has thrown, as its waiters in other processes throw it. */
export function fromSharedFailure({ code, message, details }: SharedFailure): Error {
  const operation = typeof details.operation === 'string' ? details.operation : 'exchange';
  const answer = { status: numberOf(details.status), error: textOf(details.error) };
  switch (code) {
    case NOT_CONNECTED:
      return new AccountNotConnected();
    case 'login_required':
      return new LoginRequiredError();
    case 'invalid_token':
      return new InvalidAccessTokenError('Auth0 does not exchange it');
    case 'missing_refresh_token':
      return new MissingRefreshTokenError();
    case 'mfa_required':
    case 'unmet_authentication_requirements':
      return new StepUpRequiredError(code, { operation, answer });
    case 'rate_limited':
      return new RateLimitedError(operation, Number(details.retryAfterSeconds) || 1, { answer });
    case 'access_denied':
      return new AccessDeniedError(operation, { answer });
    case 'provider_unavailable':
      return new ProviderUnavailableError({ connection: textOf(details.connection) ?? '', answer });
    case 'auth0_misconfigured':
      return new Auth0MisconfiguredError(operation, message, { answer });
    case 'auth0_refused':
      return new Auth0RefusedError(operation, { status: answer.status ?? 0, error: answer.error ?? 'unknown' });
    case 'invalid_auth0_response':
      return new InvalidAuth0ResponseError(operation, 'see the log of the process that asked');
    case 'cipher_unavailable':
      return new CipherUnavailableError();
    case 'storage_unavailable':
      return new StorageUnavailableError();
    case 'storage_failed':
      return new StorageFailedError();
    default:
      return new Auth0UnavailableError(operation, { answer });
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
