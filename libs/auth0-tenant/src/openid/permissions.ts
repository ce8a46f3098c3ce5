import type { TenantApi, TenantUser } from '../options.js';

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
