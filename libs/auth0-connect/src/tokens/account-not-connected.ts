/** Said by who asks Auth0: there is no token to be had, since the user has no such account connected. */
export class AccountNotConnected extends Error {
  constructor(options: { cause?: unknown } = {}) {
    super('the account is not connected', options);
  }
}
