import { InvalidRequestError } from '../errors/index.js';
import { isLoopback } from '../options/web-address.js';

/**
 * Where a provider's token may be sent.
 * @param origins such as `https://api.github.com`, each exact
 * @throws InvalidRequestError for none, for what is no origin, and for plain http outside loopback
 */
export function checkOrigins(origins: unknown): ReadonlySet<string> {
  const list: unknown[] = Array.isArray(origins) ? origins : [];
  if (list.length === 0 || !list.every(isTokenOrigin)) {
    throw new InvalidRequestError(
      'origins',
      'must list the origins of the provider\'s API, such as "https://api.github.com"; http is for loopback only',
    );
  }
  return new Set(list as string[]);
}

function isTokenOrigin(origin: unknown): boolean {
  if (typeof origin !== 'string' || origin.includes('*') || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === origin && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
}
