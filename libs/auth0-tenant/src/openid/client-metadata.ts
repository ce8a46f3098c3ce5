import type { AdapterPayload } from 'oidc-provider';
import { TOKEN_VAULT_GRANT, type TenantClient, type TokenEndpointAuthMethod } from '../options.js';

/** The grant type of OpenID CIBA. */
export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';
/** The grant type of RFC 8693, which Auth0 uses for custom token exchange. */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What a client may use unless it says otherwise. */
export const DEFAULT_GRANTS = ['authorization_code', 'refresh_token', TOKEN_VAULT_GRANT];

/** How a client authenticates. */
export function authMethod(client: TenantClient): TokenEndpointAuthMethod {
  if (client.tokenEndpointAuthMethod) return client.tokenEndpointAuthMethod;
  if (client.clientSecret !== undefined) return 'client_secret_post';
  return client.jwks ? 'private_key_jwt' : 'none';
}

/** The grant types of a client. */
export function grantTypes(client: TenantClient): string[] {
  return client.grantTypes ?? DEFAULT_GRANTS;
}

/** A client in the words of OpenID client registration. */
export function clientMetadata(client: TenantClient): AdapterPayload {
  const grants = grantTypes(client);
  const interactive = grants.includes('authorization_code');
  const method = authMethod(client);
  return {
    client_id: client.clientId,
    ...(method.startsWith('client_secret') ? { client_secret: client.clientSecret } : undefined),
    token_endpoint_auth_method: method,
    redirect_uris: interactive ? client.redirectUris : [],
    response_types: interactive ? ['code'] : [],
    post_logout_redirect_uris: client.logoutUrls ?? [],
    grant_types: grants,
    id_token_signed_response_alg: 'RS256',
    ...(client.jwks ? { jwks: client.jwks } : undefined),
    ...(client.tlsClientAuthSubjectDn ? { tls_client_auth_subject_dn: client.tlsClientAuthSubjectDn } : undefined),
    ...(client.requirePar ? { require_pushed_authorization_requests: true } : undefined),
    ...(client.dpopBound ? { dpop_bound_access_tokens: true } : undefined),
    ...(client.certificateBound ? { tls_client_certificate_bound_access_tokens: true } : undefined),
    ...(grants.includes(CIBA_GRANT) ? { backchannel_token_delivery_mode: 'poll' } : undefined),
  };
}
