import type { ResolvedOptions } from '../options/resolved-options.js';
import { digest } from '../shared/digest.js';

/** Tells the rows of one module instance and client from those of another in the same tables. */
export function instanceKeyOf({ instance, clientId }: Pick<ResolvedOptions, 'instance' | 'clientId'>): string {
  return digest('instance', instance, clientId);
}

/** A user as rows name them: the same `sub` at another domain, client or instance is somebody else. */
export function userKeyOf(
  { instance, clientId }: Pick<ResolvedOptions, 'instance' | 'clientId'>,
  issuerOrigin: string,
  userId: string,
): string {
  return digest('user', instance, clientId, issuerOrigin, userId);
}

/** Auth0's id of a session, as rows name it. */
export function sidKeyOf(
  { instance, clientId }: Pick<ResolvedOptions, 'instance' | 'clientId'>,
  issuerOrigin: string,
  sid: string,
): string {
  return digest('sid', instance, clientId, issuerOrigin, sid);
}

/** Tells the API access tokens of one session apart. @param audience empty where there is none @param scopes sorted */
export function apiAccessTokenId(audience: string, scopes: readonly string[]): string {
  return digest('api', audience, ...scopes);
}
