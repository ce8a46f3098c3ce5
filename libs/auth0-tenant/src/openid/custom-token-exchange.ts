import type { TokenEndpointGrantContext } from 'oidc-provider';
import { bodyParameters } from '../http/context.js';
import { textOf, words } from '../values.js';
import type { Tenant } from '../state/tenant.js';
import { OPENID_SCOPES, resourceOf } from '../state/audiences.js';
import { grantEverything } from './authorization-grant.js';
import { organizationNamed } from './authorization-parameters.js';
import { claimsOf } from './claims.js';
import type { TenantUser } from '../options.js';
import { OAuthError } from './oauth-error.js';
import { scopesOnBehalf } from './permissions.js';
import { DpopProofError, proofKeyOf, verifyDpopProof } from './proof-of-possession.js';

/** The parameters of a custom token exchange beside client authentication. */
export const CUSTOM_EXCHANGE_PARAMETERS = ['subject_token', 'subject_token_type', 'audience', 'scope', 'organization'];

/** Namespaces of subject token types that are never custom. */
const RESERVED = /^(urn:(ietf|auth0|okta)(:|$)|https?:\/\/(auth0|okta)\.com([/:?#]|$))/i;

/** Custom token exchange (RFC 8693): the tenant's owner maps a foreign token to a user, who is then logged in. */
export function customTokenExchange(tenant: Tenant): (ctx: TokenEndpointGrantContext) => Promise<void> {
  return async (ctx) => {
    const boundTo = await provedKey(tenant, ctx);
    const sent = bodyParameters(ctx);
    const user = await mappedUser(tenant, ctx.oidc.client.clientId, sent);
    const organization = memberOf(tenant, user, textOf(sent.organization));
    ctx.oidc.entity('Account', { accountId: user.userId, claims: () => claimsOf(tenant, user, organization) });
    const { jti: grantId } = await grantEverything(tenant, ctx, user.userId, organization);
    ctx.body = await issue(tenant, ctx, {
      grantId,
      user,
      boundTo,
      organization,
      audience: textOf(sent.audience),
      scope: textOf(sent.scope),
    });
  };
}

/**
 * The key that the access token is bound to, if the request proves one.
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-5 whatever the grant is
 */
async function provedKey(tenant: Tenant, ctx: TokenEndpointGrantContext): Promise<string | undefined> {
  const client = tenant.clients.get(ctx.oidc.client.clientId);
  if (client?.certificateBound) {
    throw new OAuthError(400, 'invalid_request', 'Custom token exchange gives no certificate-bound tokens here.');
  }
  const proof = ctx.get('dpop');
  if (!proof && !client?.dpopBound) return undefined;
  try {
    const thumbprint = await proofKeyOf(proof);
    const url = `${ctx.oidc.issuer}oauth/token`;
    await verifyDpopProof(tenant, { proof, method: 'POST', url, thumbprint, needsNonce: true });
    return thumbprint;
  } catch (cause) {
    if (!(cause instanceof DpopProofError)) throw cause;
    if (cause.nonce !== undefined) ctx.set('DPoP-Nonce', cause.nonce);
    throw new OAuthError(400, cause.code, cause.message);
  }
}

async function mappedUser(tenant: Tenant, clientId: string, sent: Record<string, unknown>): Promise<TenantUser> {
  const subjectToken = textOf(sent.subject_token);
  const subjectTokenType = textOf(sent.subject_token_type);
  if (!subjectToken || !subjectTokenType) {
    throw new OAuthError(400, 'invalid_request', 'subject_token and subject_token_type are required.');
  }
  if (RESERVED.test(subjectTokenType)) {
    throw new OAuthError(400, 'invalid_request', `Unsupported subject_token_type: ${subjectTokenType}`);
  }
  const userId = await tenant.options.customTokenExchange?.({
    clientId,
    subjectToken,
    subjectTokenType,
    audience: textOf(sent.audience),
    scope: textOf(sent.scope),
  });
  const user = userId === undefined ? undefined : tenant.users.get(userId);
  if (!user) throw new OAuthError(403, 'invalid_grant', 'The subject token was not accepted.');
  return user;
}

function memberOf(tenant: Tenant, { userId }: TenantUser, named: string | undefined): string | undefined {
  if (named === undefined) return undefined;
  const organization = organizationNamed(tenant, named);
  if (organization?.members.includes(userId)) return organization.id;
  throw new OAuthError(403, 'access_denied', `user ${userId} is not part of the ${named} organization`);
}

interface Login {
  grantId: string;
  user: TenantUser;
  /** Thumbprint of a key. */
  boundTo?: string;
  organization?: string;
  audience?: string;
  scope?: string;
}

async function issue(tenant: Tenant, ctx: TokenEndpointGrantContext, login: Login): Promise<Record<string, unknown>> {
  const { client, issuer, provider } = ctx.oidc;
  const { audience, grantId, user } = login;
  const registered = tenant.clients.get(client.clientId)!;
  const apiScopes =
    audience === undefined ? [] : scopesOnBehalf(tenant, issuer, { client: registered, audience, user });
  if (!apiScopes) throw new OAuthError(403, 'access_denied', `Service not found, or not for this client: ${audience}`);
  const granted = words(login.scope).filter((scope) => [...apiScopes, ...OPENID_SCOPES].includes(scope));
  const common = { accountId: user.userId, client, grantId, gty: 'token_exchange', scope: granted.join(' ') };
  const accessToken = new provider.AccessToken(common);
  if (login.boundTo !== undefined) accessToken.setThumbprint('jkt', login.boundTo);
  const resource = audience === undefined ? undefined : resourceOf(audience);
  if (resource !== undefined) {
    accessToken.resourceServer = new provider.ResourceServer(resource, {
      audience,
      scope: apiScopes.join(' '),
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'RS256' } },
    });
  }
  const wantsRefresh = granted.includes('offline_access') && client.grantTypeAllowed('refresh_token');
  const refreshToken = wantsRefresh ? new provider.RefreshToken({ ...common, resource }) : undefined;
  return {
    access_token: await accessToken.save(),
    expires_in: accessToken.expiration,
    scope: granted.join(' '),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: accessToken.tokenType,
    ...(refreshToken ? { refresh_token: await refreshToken.save() } : undefined),
    ...(granted.includes('openid') ? { id_token: await idToken(tenant, ctx, login, granted) } : undefined),
  };
}

async function idToken(
  tenant: Tenant,
  ctx: TokenEndpointGrantContext,
  { user, organization }: Login,
  granted: string[],
): Promise<string> {
  const token = new ctx.oidc.provider.IdToken(claimsOf(tenant, user, organization), { ctx });
  // Not in its typings, though it is how oidc-provider itself picks the claims.
  Object.assign(token, { scope: granted.filter((scope) => OPENID_SCOPES.includes(scope)).join(' ') });
  return token.issue({ use: 'idtoken' });
}
