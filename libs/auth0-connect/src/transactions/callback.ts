import { InvalidCallbackError, InvalidStateError } from '../errors/index.js';

/** The parameters of a callback, each at most once and of a sane length. */
export interface Callback {
  readonly state: string;
  readonly code?: string;
  readonly connectCode?: string;
  readonly error?: string;
  /** For the developer: whoever sent the browser here may have written it. */
  readonly errorDescription?: string;
  /** All of them, for checks that need more (`iss`). */
  readonly parameters: URLSearchParams;
}

const LONGEST_URL = 8192;
const SINGLE = ['state', 'code', 'connect_code', 'error', 'error_description', 'iss'];

/**
 * Reads the URL that the browser came back to.
 * @throws InvalidCallbackError, InvalidStateError
 */
export function parseCallback(callbackUrl: string | URL, appBaseUrl: string): Callback {
  const text = String(callbackUrl);
  if (text.length > LONGEST_URL || !URL.canParse(text, appBaseUrl)) {
    throw new InvalidCallbackError('This is not the address of a callback');
  }
  const parameters = new URL(text, appBaseUrl).searchParams;
  for (const name of SINGLE) {
    if (parameters.getAll(name).length > 1) throw new InvalidCallbackError(`"${name}" is there more than once`);
  }
  const state = parameters.get('state');
  if (!state) throw new InvalidStateError();
  return {
    state,
    code: parameters.get('code') || undefined,
    connectCode: parameters.get('connect_code') || undefined,
    error: parameters.get('error') ?? undefined,
    errorDescription: parameters.get('error_description') ?? undefined,
    parameters,
  };
}
