/** What looks for the domains at start-up, and is told apart by this from all else that asks Auth0: a test has none to look for. */
export const DOMAIN_CHECK = Symbol('auth0-connect:domain-check');
