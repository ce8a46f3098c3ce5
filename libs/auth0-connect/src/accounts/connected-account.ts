/** A user's link to one account at one provider. */
export interface ConnectedAccount {
  /** `cac_...` */
  id: string;
  connection: string;
  accessType: 'offline';
  /** What was granted when it was connected. */
  scopes: string[];
  createdAt: Date;
  /** When the provider's refresh token ends; undefined: it does not. */
  expiresAt?: Date;
  /** The organization it belongs to. */
  orgId?: string;
}

/** A connection that the user may connect an account of. */
export interface ConnectedAccountConnection {
  name: string;
  /** `google-oauth2`, `oauth2`, `oidc` ... */
  strategy: string;
  scopes: string[];
}

/** A provider's access token. */
export interface ConnectionToken {
  accessToken: string;
  expiresAt: Date;
  /** What the provider granted; empty where it did not say. */
  scopes: string[];
  connection: string;
  loginHint?: string;
}
