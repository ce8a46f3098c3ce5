import { Auth0MisconfiguredError } from '../errors/index.js';

/**
 * No call with a credential leaves for a domain that is not configured, wherever its name came from.
 * @throws Auth0MisconfiguredError before anything is sent
 */
export function assertConfigured(operation: string, issuerOrigin: string, configured: readonly string[]): void {
  if (configured.includes(issuerOrigin)) return;
  throw new Auth0MisconfiguredError(operation, 'This domain is none of the option "domain": nothing was sent to it');
}
