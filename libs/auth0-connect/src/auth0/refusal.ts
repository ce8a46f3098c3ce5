import { Auth0UnavailableError } from '../errors/index.js';

/** What passes, by the names that OAuth (RFC 6749 section 4.1.2.1) and gateways have for it. */
const PASSING = new Set([
  'server_error',
  'temporarily_unavailable',
  'internal_error',
  'internal_server_error',
  'service_unavailable',
  'bad_gateway',
  'gateway_timeout',
  'timeout',
]);
/** A code, and not a sentence of a gateway. */
const CODE = /^[\w.:-]+$/;

/**
 * An OAuth error under a status that has none: an Action that denies may answer 500, and others answer 200. openid-client
 * looks for `error` between 400 and 499 only.
 */
export class Refusal extends Error {
  constructor(readonly answer: { readonly status: number; readonly error: string; readonly description?: string }) {
    super(`${answer.status} ${answer.error}`);
  }
}

/** A refusal that came as a failure of the server is none. */
export function refusalBehind(error: unknown): unknown {
  if (!(error instanceof Auth0UnavailableError)) return error;
  const { auth0Status: status, auth0Error, auth0Description: description } = error;
  if (status === undefined || !isRefusal(auth0Error)) return error;
  return new Refusal({ status, error: auth0Error, description });
}

/** The refusal in an answer that is said to be a success. */
export function refusalIn(status: number, body: Readonly<Record<string, unknown>>): Refusal | undefined {
  const { error, error_description: description, access_token: accessToken } = body;
  if (accessToken !== undefined || !isRefusal(error)) return undefined;
  return new Refusal({ status, error, description: typeof description === 'string' ? description : undefined });
}

function isRefusal(error: unknown): error is string {
  return typeof error === 'string' && CODE.test(error) && !PASSING.has(error);
}
