import { decodeJwt } from 'jose';
import type { OidcContext } from '../http/context.js';
import { words } from '../values.js';
import type { Tenant } from '../state/tenant.js';
import { errors } from './oidc-provider.js';

/** The connection that the users of a new tenant are in. */
const DEFAULT_DATABASE = 'Username-Password-Authentication';

/** Checks of authorization parameters, as oidc-provider's `extraParams` takes them. */
export type ParameterChecks = Record<string, null | ((ctx: OidcContext, value: string | undefined) => void)>;

/** Auth0's own authorization parameters, and what it does differently with the common ones. */
export function authorizationParameters(tenant: Tenant): ParameterChecks {
  return {
    audience: null,
    connection: (_ctx, value) => checkConnection(tenant, value),
    connection_scope: null,
    invitation: null,
    screen_hint: null,
    organization: (ctx, value) => checkOrganization(tenant, ctx, value),
    scope: (ctx) => restoreOfflineAccess(ctx),
  };
}

/** OpenID Connect gives offline_access only with prompt=consent; Auth0 gives it to whoever may refresh. */
function restoreOfflineAccess(ctx: OidcContext): void {
  const { client, params } = ctx.oidc;
  if (!params || !client?.grantTypeAllowed('refresh_token')) return;
  if (!words(scopeAsSent(ctx)).includes('offline_access')) return;
  params.scope = [...new Set([...words(params.scope), 'offline_access'])].join(' ');
}

function scopeAsSent(ctx: OidcContext): unknown {
  const pushed = ctx.oidc.entities.PushedAuthorizationRequest as { request?: string } | undefined;
  if (pushed?.request) return decodeJwt(pushed.request).scope;
  return (ctx.method === 'POST' ? ctx.oidc.body : ctx.query)?.scope;
}

/** Somebody logs in by a connection of the tenant, or by the database that every tenant starts with. */
function checkConnection(tenant: Tenant, name: string | undefined): void {
  if (name === undefined || name === DEFAULT_DATABASE || tenant.connections.has(name)) return;
  throw new errors.InvalidRequest('the connection was not found');
}

function checkOrganization(tenant: Tenant, ctx: OidcContext, value: string | undefined): void {
  if (value !== undefined) {
    const organization = organizationNamed(tenant, value);
    if (!organization) throw new errors.InvalidRequest(`parameter organization is invalid: ${value}`);
    const invitation = ctx.oidc.params?.invitation;
    if (typeof invitation === 'string' && !organization.invitations?.[invitation]) {
      throw new errors.InvalidRequest('invitation not found or already used');
    }
  } else if (ctx.oidc.params?.invitation !== undefined) {
    throw new errors.InvalidRequest('organization is required with invitation');
  }
}

/** An organization by its id or its name. */
export function organizationNamed(tenant: Tenant, idOrName: string) {
  return (
    tenant.organizations.get(idOrName) ??
    [...tenant.organizations.values()].find((organization) => organization.name === idOrName.toLowerCase())
  );
}
