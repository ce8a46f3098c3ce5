/** Start and complete a connected account. */
export const CREATE_ACCOUNTS = 'create:me:connected_accounts';
/** List accounts and connections. */
export const READ_ACCOUNTS = 'read:me:connected_accounts';
/** Delete an account. */
export const DELETE_ACCOUNTS = 'delete:me:connected_accounts';

/** The scopes of the My Account API this tenant knows. */
export const MY_ACCOUNT_SCOPES = [CREATE_ACCOUNTS, READ_ACCOUNTS, DELETE_ACCOUNTS];
