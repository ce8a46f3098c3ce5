import type { ResolvedOptions } from '../options/resolved-options.js';
import { digest } from '../shared/digest.js';

/** Tells the rows of one tenant and client from those of another in the same tables. */
export function tenantKeyOf(options: Pick<ResolvedOptions, 'issuer' | 'clientId'>): string {
  return digest('tenant', options.issuer, options.clientId);
}

export function userKeyOf(options: Pick<ResolvedOptions, 'issuer' | 'clientId'>, userId: string): string {
  return digest('user', options.issuer, options.clientId, userId);
}
