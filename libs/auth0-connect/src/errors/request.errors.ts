import { Auth0ConnectError } from './auth0-connect.error.js';

/** A parameter of the request, or an argument of the call, is not what it must be. Code `invalid_request`, 400. */
export class InvalidRequestError extends Auth0ConnectError {
  constructor(
    /** Its name. */
    readonly parameter: string,
    expected: string,
  ) {
    super('invalid_request', 400, `"${parameter}" ${expected}`, { details: { parameter } });
  }
}

/**
 * `returnTo` does not stay within the application. Code `invalid_return_to`, 400.
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.11
 */
export class InvalidReturnToError extends Auth0ConnectError {
  constructor() {
    super('invalid_return_to', 400, '"returnTo" must be a path of this application, such as "/calendar"');
  }
}

/**
 * Another site sent the browser to a route that acts for the user. Code `cross_site_request`, 403.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export class CrossSiteRequestError extends Auth0ConnectError {
  constructor() {
    super('cross_site_request', 403, 'This address can only be opened from within the application');
  }
}

/**
 * An address that does something for a person who opens it was fetched by something else: a script, a prefetch, a `HEAD`.
 * Nothing was done. Code `navigation_required`, 403.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export class NavigationRequiredError extends Auth0ConnectError {
  constructor() {
    super(
      'navigation_required',
      403,
      'Open this address in the browser window: nothing is done for a script or a prefetch',
    );
  }
}
