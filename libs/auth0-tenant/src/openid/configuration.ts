import { randomBytes } from 'node:crypto';
import type { Configuration } from 'oidc-provider';
import type { OidcContext } from '../http/context.js';
import type { TenantUser } from '../options.js';
import type { Tenant } from '../tenant.js';
import { renderErrorPage } from '../http/pages.js';
import { shapeAccessToken } from './access-token-shape.js';
import { audienceOf, myAccountAudience, OPENID_SCOPES, resourceOf } from './audiences.js';
import { grantForAuthorization } from './authorization-grant.js';
import { authorizationParameters } from './authorization-parameters.js';
import { cibaFeature } from './ciba.js';
import { claimsByScope, claimsOf } from './claims.js';
import { clientMetadata } from './client-metadata.js';
import { mutualTlsFeature } from './mutual-tls.js';
import { loginPolicy } from './login-policy.js';
import { errors, Provider } from './oidc-provider.js';
import { permittedScopes } from './permissions.js';
import { refreshViewOf } from './refresh-grant.js';
import { adapterFor } from './store.js';

const TEN_YEARS = 315_360_000;

/** Secrets of one run of the tenant, the same for all its providers. */
export interface RunSecrets {
  cookieKey: string;
  dpopNonceSecret: Buffer;
}

/** New secrets. */
export function runSecrets(): RunSecrets {
  return { cookieKey: randomBytes(32).toString('base64url'), dpopNonceSecret: randomBytes(32) };
}

/** oidc-provider, set up to behave as Auth0 does. */
export function openidConfiguration(tenant: Tenant, secrets: RunSecrets): Configuration {
  const { lifetimes, store } = tenant;
  return {
    adapter: (model: string) =>
      adapterFor(model, {
        store,
        client: (clientId) => {
          const client = tenant.clients.get(clientId);
          return client && clientMetadata(client);
        },
        refreshView: (token) => refreshViewOf(tenant, Provider.ctx, token),
      }),
    jwks: { keys: [...tenant.keys.all] },
    cookies: {
      keys: [secrets.cookieKey],
      names: { session: 'auth0', interaction: 'auth0_login', resume: 'auth0_resume' },
    },
    routes: {
      authorization: '/authorize',
      token: '/oauth/token',
      userinfo: '/userinfo',
      jwks: '/.well-known/jwks.json',
      end_session: '/oidc/logout',
      revocation: '/oauth/revoke',
      pushed_authorization_request: '/oauth/par',
      backchannel_authentication: '/bc-authorize',
    },
    responseTypes: ['code'],
    scopes: OPENID_SCOPES,
    claims: claimsByScope(tenant),
    conformIdTokenClaims: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
      ...(tenant.options.tls ? (['tls_client_auth', 'self_signed_tls_client_auth'] as const) : []),
    ],
    extraParams: authorizationParameters(tenant),
    pkce: { required: () => false },
    rotateRefreshToken: (ctx) => tenant.clients.get(ctx.oidc.client!.clientId)?.refreshTokenRotation ?? false,
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: () => lifetimes.accessToken,
      ClientCredentials: () => lifetimes.accessToken,
      AuthorizationCode: 60,
      IdToken: () => lifetimes.idToken,
      RefreshToken: () => lifetimes.refreshToken,
      BackchannelAuthenticationRequest: 300,
      Session: 259_200,
      Grant: TEN_YEARS,
      Interaction: 3600,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      pushedAuthorizationRequests: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      dPoP: { enabled: true, nonceSecret: secrets.dpopNonceSecret, requireNonce: () => tenant.options.dpopNonce },
      mTLS: mutualTlsFeature(tenant),
      ciba: cibaFeature(tenant),
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, _client, oneOf) => oneOf?.[0] ?? audienceParameter(ctx),
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource) => resourceServer(tenant, ctx, resource),
      },
    },
    formats: { customizers: { jwt: (ctx, token, jwt) => shapeAccessToken(tenant, ctx.oidc.issuer, token, jwt) } },
    clientBasedCORS: (_ctx, origin, client) => {
      const { redirectUris = [], webOrigins = [] } = tenant.clients.get(client.clientId) ?? {};
      return [...webOrigins, ...redirectUris.map((uri) => new URL(uri).origin)].includes(origin);
    },
    findAccount: (_ctx, id, token) => {
      const user = tenant.users.get(id);
      const { grantId } = (token ?? {}) as { grantId?: string };
      const organization = store.authorization(grantId)?.organization;
      return user && { accountId: id, claims: () => claimsOf(tenant, user, organization) };
    },
    loadExistingGrant: (ctx) => grantForAuthorization(tenant, ctx),
    interactions: { policy: loginPolicy(tenant), url: (_ctx, interaction) => `/u/login/${interaction.uid}` },
    renderError: (ctx, out) => renderErrorPage(ctx, out),
    extraTokenClaims: () => undefined,
  };
}

function audienceParameter(ctx: OidcContext): string | undefined {
  const audience = ctx.oidc.params?.audience ?? ctx.oidc.body?.audience;
  return typeof audience === 'string' && audience ? resourceOf(audience) : undefined;
}

function resourceServer(tenant: Tenant, ctx: OidcContext, resource: string) {
  const { issuer } = ctx.oidc;
  const audience = audienceOf(resource) ?? resource;
  const api = tenant.apis.get(audience);
  const scopes = api ? permittedScopes(api, userOf(tenant, ctx)) : tenant.audiences.scopes(audience, issuer);
  if (audience === myAccountAudience(issuer) && ctx.oidc.params?.grant_type === 'client_credentials') {
    throw new errors.AccessDenied('The My Account API is for users only.');
  }
  if (!scopes) throw new errors.AccessDenied(`Service not found: ${audience}`);
  return {
    audience,
    scope: [...scopes, ...OPENID_SCOPES].join(' '),
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: 'RS256' as const } },
  };
}

/** Who the call under way is for, once that is known. */
function userOf(tenant: Tenant, ctx: OidcContext): TenantUser | undefined {
  return tenant.users.get(ctx.oidc.account?.accountId ?? '');
}
