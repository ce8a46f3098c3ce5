import { DPOP_ALGORITHMS } from '../../resource-server/dpop-proof.verifier.js';
import { issuerOf } from '../../issuer/issuer.js';
import type { ResolvedOptions } from '../../options/resolved-options.js';
import { WELL_KNOWN_RESOURCE } from '../../options/routes.js';

/** RFC 9728 section 2. */
export interface ResourceMetadata {
  resource: string;
  authorization_servers: string[];
  scopes_supported?: readonly string[];
  bearer_methods_supported: string[];
  dpop_signing_alg_values_supported?: string[];
  dpop_bound_access_tokens_required?: boolean;
}

/** Where callers get access tokens for this API; undefined where there is none. */
export function resourceMetadata({
  apiAudience,
  apiDpop,
  apiScopes,
  issuerOrigins,
}: ResolvedOptions): ResourceMetadata | undefined {
  if (apiAudience === undefined) return undefined;
  return {
    resource: apiAudience,
    authorization_servers: issuerOrigins.map(issuerOf),
    ...(apiScopes && { scopes_supported: apiScopes }),
    bearer_methods_supported: ['header'],
    ...(apiDpop !== 'disabled' && {
      dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
      dpop_bound_access_tokens_required: apiDpop === 'required',
    }),
  };
}

/**
 * The address of the metadata where the API is named by an address of the application below its root: the well-known path
 * goes between host and path, RFC 9728 section 3.1. Undefined for any other API.
 */
export function insertedMetadataUrl({
  apiAudience,
  appBaseUrls,
}: Pick<ResolvedOptions, 'apiAudience' | 'appBaseUrls'>): URL | undefined {
  const resource = URL.canParse(apiAudience ?? '') ? new URL(apiAudience!) : undefined;
  if (!resource || !appBaseUrls.includes(resource.origin) || resource.pathname === '/' || resource.search)
    return undefined;
  return new URL(`/${WELL_KNOWN_RESOURCE}${resource.pathname}`, resource.origin);
}
