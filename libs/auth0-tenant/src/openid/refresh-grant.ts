import type { AdapterPayload } from 'oidc-provider';
import type { OidcContext } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { mfaRequired, OAuthError } from './oauth-error.js';
import { decideRefresh } from './refresh-policy.js';
import type { RefreshView } from '../state/openid-store.js';
import { textOf } from '../values.js';

/**
 * How the refresh token of the call under way is to look. oidc-provider asks for it after it has authenticated the
 * client, and then carries the refresh out as if the token had been issued for just that audience and those scopes.
 */
export function refreshViewOf(
  tenant: Tenant,
  ctx: OidcContext | undefined,
  token: AdapterPayload,
): RefreshView | undefined {
  const { body, params } = ctx?.oidc ?? {};
  if (!ctx || !params || params.grant_type !== 'refresh_token' || ctx.oidc.route !== 'token') return undefined;
  const client = tenant.clients.get(token.clientId ?? '');
  const authorization = tenant.store.authorization(token.grantId);
  if (!client || !authorization || client.clientId !== ctx.oidc.client?.clientId) return undefined;
  if (tenant.switches.requireMfa === 'refresh') throw mfaRequired();
  const decision = decideRefresh(
    {
      client,
      issuer: ctx.oidc.issuer,
      authorization,
      audience: textOf(body?.audience) || undefined,
      scope: textOf(body?.scope),
    },
    tenant.audiences,
    tenant.switches.unknownAudience,
  );
  if (decision.kind === 'refused') {
    throw new OAuthError(403, 'access_denied', `Service not enabled for this refresh token: ${decision.audience}`);
  }
  // Decided above; oidc-provider would refuse what Auth0 ignores.
  params.scope = undefined;
  params.resource = undefined;
  return decision.view;
}
