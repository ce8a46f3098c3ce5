import { randomBytes } from 'node:crypto';
import type { Configuration } from 'oidc-provider';
import type { Tenant } from '../state/tenant.js';
import { showError } from '../http/messages.js';
import { shapeAccessToken } from './access-token-shape.js';
import { OPENID_SCOPES } from '../state/audiences.js';
import { grantForAuthorization } from './authorization-grant.js';
import { authorizationParameters } from './authorization-parameters.js';
import { cibaFeature } from './ciba.js';
import { claimsByScope, claimsOf } from './claims.js';
import { checkClientAssertion } from './client-assertion.js';
import { clientMetadata } from './client-metadata.js';
import { mutualTlsFeature } from './mutual-tls.js';
import { loginPolicy } from './login-policy.js';
import { Provider } from './oidc-provider.js';
import { refreshViewOf } from './refresh-grant.js';
import { requestedResource, resourceServer } from './resource-server.js';
import { adapterFor } from '../state/openid-store.js';

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
        proofKey: () => Provider.ctx?.oidc.entities.AccessToken?.jkt,
      }),
    jwks: { keys: [...tenant.keys.all] },
    cookies: {
      keys: [secrets.cookieKey],
      // Over HTTPS an application at http://localhost is of another site, and its iframe would not see the session.
      long: { httpOnly: true, sameSite: tenant.options.tls ? 'none' : 'lax' },
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
    // A confidential client proves itself at the token endpoint; a public one has nothing else than this.
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
    acceptQueryParamAccessTokens: true,
    assertJwtClientAuthClaimsAndHeader: (ctx, claims) => checkClientAssertion(ctx, claims),
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
      dPoP: {
        enabled: true,
        nonceSecret: secrets.dpopNonceSecret,
        // What a public client sends could otherwise have been signed long before.
        requireNonce: ({ oidc }) =>
          tenant.options.dpopNonce || (oidc.route === 'token' && oidc.client?.clientAuthMethod === 'none'),
      },
      mTLS: mutualTlsFeature(tenant),
      ciba: cibaFeature(tenant),
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, _client, oneOf) => oneOf?.[0] ?? requestedResource(ctx),
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource, client) => resourceServer(tenant, ctx, resource, client.clientId),
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
    renderError: (ctx, out) => showError(tenant, ctx, out),
    extraTokenClaims: () => undefined,
  };
}
