import { ClientError, ResponseBodyError } from 'openid-client';
import {
  AccessDeniedError,
  Auth0ConnectError,
  Auth0MisconfiguredError,
  Auth0RefusedError,
  Auth0UnavailableError,
  InvalidAuth0ResponseError,
  RateLimitedError,
  StepUpRequiredError,
  type Auth0Answer,
} from '../errors/index.js';
import { withoutDetails } from './auth0-http.js';
import { Refusal } from './refusal.js';

/** Whatever openid-client threw as one of our errors. Its own may hold the answer, tokens included: none of it is kept. */
export function toAuth0Error(operation: string, error: unknown): Error {
  const ours = findOurs(error);
  if (ours instanceof Refusal) return refusal(operation, ours.answer);
  if (ours) return ours;
  if (error instanceof ResponseBodyError) {
    return refusal(operation, { status: error.status, error: error.error, description: error.error_description });
  }
  if (error instanceof ClientError) {
    return new InvalidAuth0ResponseError(operation, `${error.message} (${error.code ?? 'unknown'})`, {
      cause: new Error(causeMessage(error)),
    });
  }
  return new InvalidAuth0ResponseError(operation, 'it could not be processed', { cause: withoutDetails(error) });
}

function refusal(
  operation: string,
  answer: Auth0Answer & { readonly status: number; readonly error: string },
): Auth0ConnectError {
  const cause = new Error(`${answer.status} ${answer.error}`);
  switch (answer.error) {
    case 'invalid_client':
      return new Auth0MisconfiguredError(operation, 'Auth0 does not accept the client credentials', { answer, cause });
    case 'unauthorized_client':
      return new Auth0MisconfiguredError(
        operation,
        'Auth0 does not allow this grant to the application. Switch it on under Advanced Settings > Grant Types',
        { answer, cause },
      );
    case 'invalid_target':
      if (operation !== 'refresh') break;
      return new Auth0MisconfiguredError(operation, AUDIENCE_ADVICE, { answer, cause });
    case 'access_denied':
    case 'unauthorized':
      return new AccessDeniedError(operation, { answer, cause });
    case 'mfa_required':
    case 'unmet_authentication_requirements':
      return new StepUpRequiredError(answer.error, { operation, answer, cause });
    case 'too_many_requests':
      return new RateLimitedError(operation, 1, { answer });
    case 'server_error':
    case 'temporarily_unavailable':
      return new Auth0UnavailableError(operation, { answer, cause });
    default:
  }
  return new Auth0RefusedError(operation, answer, { cause });
}

const AUDIENCE_ADVICE =
  "Auth0 refuses this audience. Add the API to the application's refresh-token policies (MRRT), and activate the My Account API";

/**
 * The audience that a refresh asks for is not the login's own: `access_denied` says that it is outside the policies of the
 * application, more likely than that an Action refuses the user.
 */
export function otherAudienceRefused(error: unknown): unknown {
  if (!(error instanceof AccessDeniedError) || error.auth0Error !== 'access_denied') return error;
  const { auth0Status: status, auth0Error, auth0Description: description } = error;
  const answer = { status, error: auth0Error, description };
  return new Auth0MisconfiguredError(error.operation, AUDIENCE_ADVICE, { answer, cause: error.cause });
}

function findOurs(error: unknown): Auth0ConnectError | Refusal | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof Auth0ConnectError || at instanceof Refusal) return at;
  }
  return undefined;
}

function causeMessage(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
