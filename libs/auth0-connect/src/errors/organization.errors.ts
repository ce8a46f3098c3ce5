import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * A login for one organization came back for another, or for none: there is no session. Code `organization_mismatch`,
 * 403.
 * @see https://auth0.com/docs/manage-users/organizations/using-tokens
 */
export class OrganizationMismatchError extends Auth0ConnectError {
  constructor() {
    super('organization_mismatch', 403, 'Auth0 logged in to another organization than the one that was asked for');
  }
}
