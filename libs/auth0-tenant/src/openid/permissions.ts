import type { TenantApi, TenantClient, TenantUser } from '../options.js';
import type { Tenant } from '../state/tenant.js';

/** Which scopes of an API somebody can be granted: all, or with RBAC those the user has the permission for. */
export function permittedScopes(api: TenantApi, user: TenantUser | undefined): string[] {
  if (!api.rbac || !user) return api.scopes;
  const permissions = user.permissions?.[api.identifier] ?? [];
  return api.scopes.filter((scope) => permissions.includes(scope));
}

/** The claim `permissions` of an access token; a client's own token has what it was granted. */
export function permissionsClaim(
  api: TenantApi | undefined,
  user: TenantUser | undefined,
  granted: string[],
): string[] | undefined {
  if (!api?.rbac || !api.permissionsInAccessToken) return undefined;
  return user ? permittedScopes(api, user) : granted;
}

/** What a client may have of an API on behalf of a user; nothing when it may not have the API at all. */
export function scopesOnBehalf(
  tenant: Tenant,
  issuer: string,
  { client, audience, user }: { client: TenantClient; audience: string; user?: TenantUser },
): string[] | undefined {
  const scopes = tenant.audiences.userScopes(client, audience, issuer);
  const api = tenant.apis.get(audience);
  const permitted = api && permittedScopes(api, user);
  return permitted ? scopes?.filter((scope) => permitted.includes(scope)) : scopes;
}
