/** Addresses of the application's own routes, as a browser reaches them at one of the application's base addresses. */
export interface AppAddresses {
  /** Where Auth0 sends the browser back after a login. @throws InvalidRequestError where that route is switched off */
  loginCallback(appBaseUrl: string): string;
  /** Where Auth0 sends the browser back after a connect. @throws InvalidRequestError where that route is switched off */
  connectCallback(appBaseUrl: string): string;
  /** Where a person logs in; undefined where that route is switched off. */
  login(appBaseUrl: string, returnTo?: string, parameters?: Record<string, string | undefined>): string | undefined;
  /** Where a person connects an account; undefined where that route is switched off. */
  connect(request: {
    appBaseUrl: string;
    connection: string;
    scopes: readonly string[];
    loginHint?: string;
    returnTo?: string;
  }): string | undefined;
  /** Where a connect link is opened; undefined where that route is switched off. */
  link(appBaseUrl: string, token: string): string | undefined;
  /** What callers of the API have to know (RFC 9728); undefined where that route is switched off. */
  protectedResource(appBaseUrl: string): string | undefined;
}

export const APP_ADDRESSES = Symbol('auth0-connect:app-addresses');
