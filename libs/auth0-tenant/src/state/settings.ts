/** Seconds that what the tenant issues lives. */
export interface TokenLifetimes {
  /** Default 86400. */
  accessToken: number;
  /** Default 36000. */
  idToken: number;
  /** Default 2592000. */
  refreshToken: number;
  /** The ticket of a connect request. Default 300. */
  ticket: number;
}

/** What a test may switch while the tenant runs. */
export interface TenantSwitches {
  /** What a refresh does with an audience outside the client's policies: 403, or a token for the first one. Default `ignore`. */
  unknownAudience: 'refuse' | 'ignore';
  requireMfa: 'refresh' | 'exchange' | null;
}
