import type { ResourceServer } from 'oidc-provider';
import type { OidcContext } from '../http/context.js';
import type { Tenant } from '../state/tenant.js';
import { words } from '../values.js';
import { audienceOf, myAccountAudience, OPENID_SCOPES, resourceOf } from '../state/audiences.js';
import { OAuthError } from './oauth-error.js';
import { errors } from './oidc-provider.js';
import { scopesOnBehalf } from './permissions.js';

/** The API that a request asks for by `audience`, as a resource indicator. */
export function requestedResource(ctx: OidcContext): string | undefined {
  const audience = ctx.oidc.params?.audience ?? ctx.oidc.body?.audience;
  if (typeof audience === 'string' && audience) return resourceOf(audience);
  if (ctx.oidc.params?.grant_type !== 'client_credentials') return undefined;
  throw new OAuthError(
    403,
    'access_denied',
    'No audience parameter was provided, and no default audience has been configured',
  );
}

/**
 * What the client of a request may have of an API, or a refusal.
 *
 * @see https://auth0.com/docs/get-started/apis/api-access-policies-for-applications
 */
export function resourceServer(tenant: Tenant, ctx: OidcContext, resource: string, clientId: string) {
  const { issuer } = ctx.oidc;
  const audience = audienceOf(resource) ?? resource;
  if (!tenant.audiences.scopes(audience, issuer)) throw new errors.AccessDenied(`Service not found: ${audience}`);
  const isMachine = ctx.oidc.params?.grant_type === 'client_credentials';
  const scopes = isMachine
    ? scopesForItself(tenant, ctx, clientId, audience)
    : [...scopesForUsers(tenant, ctx, clientId, audience), ...OPENID_SCOPES];
  return {
    audience,
    scope: scopes.join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  } satisfies Partial<ResourceServer>;
}

function scopesForUsers(tenant: Tenant, ctx: OidcContext, clientId: string, audience: string): string[] {
  const client = tenant.clients.get(clientId);
  const user = tenant.users.get(ctx.oidc.account?.accountId ?? '');
  const scopes = client && scopesOnBehalf(tenant, ctx.oidc.issuer, { client, audience, user });
  if (scopes) return scopes;
  throw new errors.InvalidRequest(
    `Client "${clientId}" is not authorized to access resource server "${audience}". Create a client grant for users.`,
  );
}

function scopesForItself(tenant: Tenant, ctx: OidcContext, clientId: string, audience: string): string[] {
  const { issuer, params } = ctx.oidc;
  if (audience === myAccountAudience(issuer)) throw new errors.AccessDenied('The My Account API is for users only.');
  const client = tenant.clients.get(clientId);
  const granted = client && tenant.audiences.clientScopes(client, audience, issuer);
  if (!granted) {
    throw new errors.AccessDenied(
      `Client is not authorized to access "${audience}". You need to create a "client-grant" associated to this API.`,
    );
  }
  const foreign = words(params!.scope).filter((scope) => !granted.includes(scope));
  if (foreign.length > 0) throw new errors.AccessDenied(`Client has not been granted scopes: ${foreign.join(', ')}`);
  // Who asks for none gets all that were granted.
  params!.scope ??= granted.join(' ') || undefined;
  return granted;
}
