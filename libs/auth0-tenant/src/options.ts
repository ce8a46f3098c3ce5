import type { JWK } from 'jose';

/** The grant type of the Token Vault exchange. */
export const TOKEN_VAULT_GRANT = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';

/** How a client proves who it is at the token endpoint. */
export type TokenEndpointAuthMethod =
  | 'client_secret_post'
  | 'client_secret_basic'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'
  | 'none';

/** What a client's refresh tokens are good for beside the audience they were first issued for (MRRT). */
export interface MrrtPolicy {
  /** An API identifier; `me/` stands for the My Account API of whatever host is in use. */
  audience: string;
  scopes: string[];
}

/**
 * An application's authorization for an API.
 *
 * @see https://auth0.com/docs/get-started/applications/application-access-to-apis-client-grants
 */
export interface ClientGrant {
  /** An API identifier; `me/` stands for the My Account API of whatever host is in use. */
  audience: string;
  scopes: string[];
  /** `client`: for `client_credentials`. `user`: for a user's tokens. Default `client`. */
  subjectType?: 'client' | 'user';
}

/**
 * What a privileged worker may ask of the vault, and from where.
 *
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/privileged-worker-token-exchange-with-token-vault
 */
export interface PrivilegedWorkerAccess {
  /** Addresses and CIDR ranges, IPv4 or IPv6, at most 10. Requests from elsewhere are refused. */
  ipAllowlist: string[];
  /** At most 5 connections, and 20 scopes over all of them. Anything else is refused. */
  grants: { connection: string; scopes: string[] }[];
}

/** An application registered with the tenant. */
export interface TenantClient {
  clientId: string;
  /** The application's name, as the pages tell it. Default: the client id. */
  name?: string;
  /** Left out for a public client, `private_key_jwt` and mutual TLS. */
  clientSecret?: string;
  /** Allowed Callback URLs, for logins and for connected accounts; compared byte for byte. */
  redirectUris: string[];
  /** Allowed Logout URLs. */
  logoutUrls?: string[];
  /** Default: `authorization_code`, `refresh_token` and the Token Vault grant. */
  grantTypes?: string[];
  /** Default `client_secret_post` (basic is then taken too), or `none` without a secret. */
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /** Public keys of the client: for `private_key_jwt`, self-signed mutual TLS and the privileged worker. */
  jwks?: { keys: JWK[] };
  /** The certificate subject of a `tls_client_auth` client. */
  tlsClientAuthSubjectDn?: string;
  /** Default `false`. Token Vault refuses a client with rotation, as Auth0 does. */
  refreshTokenRotation?: boolean;
  /** Default: My Account with its three scopes, and every API with all its scopes. */
  mrrtPolicies?: MrrtPolicy[];
  /** Identifier of the API this client is linked to: allows the access-token exchange. */
  api?: string;
  /** Allows the privileged worker exchange, which needs `jwks` too. Default: not allowed. */
  privilegedWorker?: PrivilegedWorkerAccess;
  /** Where logout tokens are sent when a session of this client ends. */
  backchannelLogoutUri?: string;
  /** Default `false`: authorization requests may come by the browser alone. */
  requirePar?: boolean;
  /** Default `false`. When on, every token of this client has to be DPoP bound. */
  dpopBound?: boolean;
  /** Default `false`. When on, access tokens are bound to the client's TLS certificate. */
  certificateBound?: boolean;
  /**
   * Allowed Web Origins: may log in silently or in a popup (`response_mode=web_message`), and call the token endpoint
   * and My Account from the browser; the latter the origins of `redirectUris` may too.
   */
  webOrigins?: string[];
  /** APIs this client is authorized for. Without one a client gets no tokens by `client_credentials`. */
  clientGrants?: ClientGrant[];
}

/** Somebody who can log in. */
export interface TenantUser {
  /** The `sub`, e.g. `auth0|alice`. */
  userId: string;
  name: string;
  nickname?: string;
  email: string;
  emailVerified?: boolean;
  picture?: string;
  /** What the user may do, by API identifier; counts for APIs with `rbac`. */
  permissions?: Record<string, string[]>;
}

/** An account somebody has at a provider. */
export interface ProviderAccount {
  /** The provider's own id of the account. */
  id: string;
  email: string;
  name?: string;
}

/** A provider that users can connect. */
export interface TenantConnection {
  name: string;
  strategy: string;
  displayName?: string;
  /** Every scope this connection can give. */
  scopes: string[];
  /** What a connect request without scopes asks for. Default: all of `scopes`. */
  defaultScopes?: string[];
  /** How the provider writes a list of scopes. Default: a space. */
  scopeSeparator?: ' ' | ',';
  /** Whether the provider gives a token of fewer scopes than were granted. Default: not with the strategies `github` and `slack`. */
  downscoping?: boolean;
  /** The provider accounts of each user, by user id. Without an entry a user has one account with the user's e-mail. */
  accounts?: Record<string, ProviderAccount[]>;
}

/** An API (resource server). */
export interface TenantApi {
  /** The audience; it need not be a URI. */
  identifier: string;
  scopes: string[];
  name?: string;
  /**
   * Default `false`: everybody is granted every scope. When on, a user is granted only those that `permissions` has for
   * the user.
   *
   * @see https://auth0.com/docs/get-started/apis/enable-role-based-access-control-for-apis
   */
  rbac?: boolean;
  /** Default `false`. When on, access tokens have the claim `permissions`, whatever scopes were asked for. Needs `rbac`. */
  permissionsInAccessToken?: boolean;
  /**
   * The profile of its access tokens. Default `auth0`: `azp`, `gty`, typ `JWT`. `rfc9068`: `client_id`, `jti`, typ `at+jwt`.
   *
   * @see https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
   */
  accessTokenProfile?: 'auth0' | 'rfc9068';
  /**
   * Which clients get its tokens for a user. Default `allow_all`.
   *
   * @see https://auth0.com/docs/get-started/apis/api-access-policies-for-applications
   */
  userAccess?: 'allow_all' | 'require_client_grant' | 'deny_all';
  /** Which clients get its tokens for themselves. Default `require_client_grant`. */
  clientAccess?: 'require_client_grant' | 'deny_all';
}

/** An organization with its members. */
export interface TenantOrganization {
  id: string;
  name: string;
  displayName?: string;
  /** User ids. */
  members: string[];
  /** Invitation tickets, by their id: the e-mail that was invited. */
  invitations?: Record<string, string>;
}

/** What a custom token exchange presents. */
export interface CustomTokenExchange {
  clientId: string;
  subjectToken: string;
  subjectTokenType: string;
  audience?: string;
  scope?: string;
}

/** HTTPS with optional client certificates (mutual TLS). */
export interface TenantTls {
  key: string;
  cert: string;
  /** Authorities whose client certificates are taken. */
  ca?: string;
}

/** How to start a tenant. Everything has a default. */
export interface LocalTenantOptions {
  /** Default 0: any free port. */
  port?: number;
  /** The name in the tenant's domain, by which clients and browsers reach it. Default `localhost`. */
  hostname?: string;
  /**
   * Addresses to listen on. Default: loopback alone, `127.0.0.1` and, where the machine has it, `::1`. Anything else
   * lets other machines in, where anybody can be anybody: for sibling containers only.
   */
  listen?: string[];
  /** Further names of the same tenant, each its own issuer and My Account audience, like Auth0's custom domains. */
  customDomains?: string[];
  clients?: TenantClient[];
  users?: TenantUser[];
  connections?: TenantConnection[];
  apis?: TenantApi[];
  organizations?: TenantOrganization[];
  /** Serve HTTPS, and ask for client certificates. `true` makes a certificate and its authority for this run. */
  tls?: TenantTls | true;
  /** Ask for a nonce in every DPoP proof. Default `false`. */
  dpopNonce?: boolean;
  /**
   * Let other processes on this machine script the tenant over HTTP, with a secret of at least 16 characters. `true`
   * makes one. Default `false`.
   */
  controlApi?: boolean | { secret: string };
  /** Maps a subject token of a custom token exchange to a user id, or to nobody. */
  customTokenExchange?: (request: CustomTokenExchange) => string | undefined | Promise<string | undefined>;
}

/** Options with nothing left open. */
export type ResolvedOptions = Required<Omit<LocalTenantOptions, 'listen' | 'tls' | 'customTokenExchange'>> &
  Pick<LocalTenantOptions, 'listen' | 'tls' | 'customTokenExchange'>;
