/** Said by who asks Auth0: there is no token to be had, since the user has no such account connected. */
export class AccountNotConnected extends Error {
  /** It was connected, and the provider takes its grant no more. */
  readonly wasRevoked: boolean;

  constructor(options: { wasRevoked?: boolean; cause?: unknown } = {}) {
    super('the account is not connected', options);
    this.wasRevoked = options.wasRevoked ?? false;
  }
}
