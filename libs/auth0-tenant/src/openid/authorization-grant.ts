import type { Grant } from 'oidc-provider';
import type { OidcContext } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { OPENID_SCOPES, resourceOf } from '../state/audiences.js';
import { organizationNamed } from './authorization-parameters.js';
import { textOf } from '../values.js';

/** Allows a first-party client everything, without a consent page; policies decide at the time of use. */
export async function grantEverything(
  tenant: Tenant,
  ctx: OidcContext,
  accountId: string,
  organization?: string,
): Promise<Grant> {
  const { provider, client, issuer } = ctx.oidc;
  const grant = new provider.Grant({ accountId, clientId: client!.clientId });
  addEverything(tenant, grant, issuer);
  const grantId = await grant.save();
  tenant.store.describe(grantId, { organization });
  return grant;
}

/** Puts every scope of every API on one host into a grant. */
export function addEverything(tenant: Tenant, grant: Grant, issuer: string): void {
  grant.addOIDCScope(OPENID_SCOPES.join(' '));
  for (const audience of tenant.audiences.all(issuer)) {
    const scopes = [...OPENID_SCOPES, ...(tenant.audiences.scopes(audience, issuer) ?? [])];
    grant.addResourceScope(resourceOf(audience), scopes.join(' '));
  }
}

/** A new grant for every authorization: its refresh token lives and dies by itself, whatever the session does. */
export async function grantForAuthorization(tenant: Tenant, ctx: OidcContext): Promise<Grant> {
  // Auth0 puts the sid into every ID token; oidc-provider only where it is asked for.
  const claims = ctx.oidc.claims as { id_token?: Record<string, unknown> };
  claims.id_token = { ...claims.id_token, sid: null };
  const organization = textOf(ctx.oidc.params?.organization);
  const organizationId = organization === undefined ? undefined : organizationNamed(tenant, organization)?.id;
  return grantEverything(tenant, ctx, ctx.oidc.session!.accountId!, organizationId);
}
