import type { TenantClient } from '../options.js';
import { words } from '../values.js';
import { audienceOf, OPENID_SCOPES, resourceOf, type Audiences } from '../state/audiences.js';
import type { AuthorizationFacts, RefreshView } from '../state/openid-store.js';

/** What a refresh asks for, and of what. */
export interface RefreshRequest {
  client: TenantClient;
  issuer: string;
  authorization: AuthorizationFacts;
  audience?: string;
  scope?: string;
}

/** A refresh is carried out in some view, or refused for its audience. */
export type RefreshDecision = { kind: 'granted'; view: RefreshView } | { kind: 'refused'; audience: string };

/**
 * Decides what one use of a multi-resource refresh token gives. Scopes outside the client's policies are dropped
 * without a word; an audience outside them is refused, or ignored in favour of the first one.
 *
 * @see https://auth0.com/docs/secure/tokens/refresh-tokens/multi-resource-refresh-token/configure-and-implement-multi-resource-refresh-token
 */
export function decideRefresh(
  request: RefreshRequest,
  audiences: Audiences,
  unknownAudience: 'refuse' | 'ignore',
): RefreshDecision {
  const { client, issuer, authorization } = request;
  const first = authorization.resource === undefined ? undefined : audienceOf(authorization.resource);
  const policy = audiences.refreshPolicy(client, issuer);
  let audience = request.audience ?? first;
  if (audience !== undefined && audience !== first && !policy.has(audience)) {
    if (unknownAudience === 'refuse') return { kind: 'refused', audience };
    audience = first;
  }
  const original = words(authorization.scope);
  const policyScopes = audience === undefined ? [] : (policy.get(audience) ?? []);
  const isFirst = audience === first;
  const base = isFirst ? original : original.filter((scope) => OPENID_SCOPES.includes(scope));
  // The policy extends what was granted at the start, also for the audience of the start.
  const allowed = new Set([...base, ...policyScopes]);
  const asked = words(request.scope);
  const scopes = asked.length > 0 ? asked.filter((scope) => allowed.has(scope)) : [...allowed];
  return {
    kind: 'granted',
    view: {
      scope: [...new Set(scopes)].join(' '),
      resource: audience === undefined ? undefined : resourceOf(audience),
    },
  };
}
