/** The scopes of the My Account API for connected accounts, sorted. */
export const MY_ACCOUNT_SCOPES = [
  'create:me:connected_accounts',
  'delete:me:connected_accounts',
  'read:me:connected_accounts',
] as const;

/**
 * One of them.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export type MyAccountScope = (typeof MY_ACCOUNT_SCOPES)[number];
