import { ClientError, ResponseBodyError } from 'openid-client';
import {
  Auth0ConnectError,
  Auth0MisconfiguredError,
  Auth0RefusedError,
  Auth0UnavailableError,
  InvalidAuth0ResponseError,
  RateLimitedError,
  StepUpRequiredError,
} from '../errors/index.js';
import { withoutDetails } from './auth0-http.js';

/** Whatever openid-client threw as one of our errors. Its own may hold the answer, tokens included: none of it is kept. */
export function toAuth0Error(operation: string, error: unknown): Error {
  const ours = findOurs(error);
  if (ours) return ours;
  if (error instanceof ResponseBodyError) return refusal(operation, error);
  if (error instanceof ClientError) {
    return new InvalidAuth0ResponseError(operation, `${error.message} (${error.code ?? 'unknown'})`, {
      cause: new Error(causeMessage(error)),
    });
  }
  return new InvalidAuth0ResponseError(operation, 'it could not be processed', { cause: withoutDetails(error) });
}

function refusal(operation: string, answer: ResponseBodyError): Auth0ConnectError {
  const cause = new Error(`${answer.status} ${answer.error}`);
  switch (answer.error) {
    case 'invalid_client':
      return new Auth0MisconfiguredError(operation, 'Auth0 does not accept the client credentials', { cause });
    case 'unauthorized_client':
      return new Auth0MisconfiguredError(
        operation,
        'Auth0 does not allow this grant to the application. Switch it on under Advanced Settings > Grant Types',
        { cause },
      );
    case 'access_denied':
    case 'invalid_target':
      if (operation !== 'refresh') break;
      return new Auth0MisconfiguredError(
        operation,
        "Auth0 refuses this audience. Add the API to the application's refresh-token policies (MRRT), and activate the My Account API",
        { cause },
      );
    case 'mfa_required':
    case 'unmet_authentication_requirements':
      return new StepUpRequiredError(answer.error, { cause });
    case 'too_many_requests':
      return new RateLimitedError(operation, 1);
    case 'server_error':
    case 'temporarily_unavailable':
      return new Auth0UnavailableError(operation, { cause });
    default:
  }
  return new Auth0RefusedError(
    operation,
    { status: answer.status, error: answer.error, description: answer.error_description },
    { cause },
  );
}

function findOurs(error: unknown): Auth0ConnectError | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof Auth0ConnectError) return at;
  }
  return undefined;
}

function causeMessage(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
