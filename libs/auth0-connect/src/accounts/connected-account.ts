/**
 * A user's link to one account at one provider.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export interface ConnectedAccount {
  /** `cac_...` */
  id: string;
  /** The connection's name at Auth0, such as `google-oauth2`. */
  connection: string;
  /** Token Vault holds a refresh token of the provider. */
  accessType: 'offline';
  /** What was granted when it was connected. */
  scopes: string[];
  /** When it was connected. */
  createdAt: Date;
  /** When the provider's refresh token ends; undefined: it does not. */
  expiresAt?: Date;
  /** The organization it belongs to. */
  orgId?: string;
}

/** Some of a user's connected accounts. */
export interface ConnectedAccountsPage {
  /** In Auth0's order. */
  accounts: ConnectedAccount[];
  /** `from` of the page after this one; undefined: it is the last. */
  next?: string;
}

/**
 * A connection that the user may connect an account of.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export interface ConnectedAccountConnection {
  /** What `startConnectAccount` takes as `connection`. */
  name: string;
  /** `google-oauth2`, `oauth2`, `oidc` ... */
  strategy: string;
  /** What it asks the provider for where a connect names no scopes. */
  scopes: string[];
}

/** Some of what a user may connect. */
export interface ConnectedAccountConnectionsPage {
  /** In Auth0's order. */
  connections: ConnectedAccountConnection[];
  /** `from` of the page after this one; undefined: it is the last. */
  next?: string;
}

/**
 * A provider's access token.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
export interface ConnectionToken {
  /** For the provider's API, as a bearer token. Do not log it, and do not send it to the browser. */
  accessToken: string;
  /** When it is over, or when it is exchanged anew where the provider gives no expiry. */
  expiresAt: Date;
  /** What the provider granted; empty where it did not say. */
  scopes: string[];
  /** Which was asked for. */
  connection: string;
  /** Which account of the connection was asked for. */
  loginHint?: string;
}
