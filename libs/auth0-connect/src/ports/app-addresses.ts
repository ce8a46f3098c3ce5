/** Addresses of the application's own routes, as a browser reaches them. */
export interface AppAddresses {
  /** Where Auth0 sends the browser back after a login. @throws InvalidRequestError where that route is switched off */
  loginCallback(): string;
  /** Where Auth0 sends the browser back after a connect. @throws InvalidRequestError where that route is switched off */
  connectCallback(): string;
  /** Where a person logs in; undefined where that route is switched off. */
  login(returnTo?: string): string | undefined;
  /** Where a person connects an account; undefined where that route is switched off. */
  connect(request: {
    connection: string;
    scopes: readonly string[];
    loginHint?: string;
    returnTo?: string;
  }): string | undefined;
  /** What callers of the API have to know (RFC 9728); undefined where that route is switched off. */
  protectedResource(): string | undefined;
}

export const APP_ADDRESSES = Symbol('auth0-connect:app-addresses');
