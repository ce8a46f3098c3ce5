import { Auth0ConnectError } from './auth0-connect.error.js';

/** What to connect, and how. */
export interface ConnectOffer {
  /** The connection's name at Auth0. */
  connection: string;
  /** All scopes to ask for: those that were there and those that were missing. */
  scopes: readonly string[];
  /** Which account of the connection. */
  loginHint?: string;
  /** Where a person connects the account, and then comes back. Left out where the connect route is switched off. */
  connectUrl?: string;
  /** Begins the connect without another request. @returns where to send the browser */
  startConnect?: () => Promise<string>;
  /** What Auth0 has said, for the developer. */
  cause?: unknown;
}

/** Base of the two errors that a person puts right by opening `connectUrl`. */
export abstract class ConnectNeededError extends Auth0ConnectError {
  /** The connection's name at Auth0. */
  readonly connection: string;
  /** All scopes to ask for. */
  readonly scopes: readonly string[];
  /** Which account of the connection was asked for. */
  readonly loginHint?: string;
  /** Where a person connects the account, and then comes back. Undefined where the connect route is switched off. */
  readonly connectUrl?: string;
  readonly #startConnect: (() => Promise<string>) | undefined;

  protected constructor(
    code: string,
    message: string,
    offer: ConnectOffer,
    extra: Record<string, readonly string[]> = {},
  ) {
    super(code, 403, message, {
      details: {
        connection: offer.connection,
        scopes: offer.scopes,
        ...extra,
        loginHint: offer.loginHint,
        connectUrl: offer.connectUrl,
      },
      cause: offer.cause,
    });
    this.connection = offer.connection;
    this.scopes = offer.scopes;
    this.loginHint = offer.loginHint;
    this.connectUrl = offer.connectUrl;
    this.#startConnect = offer.startConnect;
  }

  /**
   * Begins the connect for the person whose request this was, in place of a redirect to `connectUrl`.
   * @returns where to send the browser; undefined where there was no request of a person
   */
  async startConnect(): Promise<string | undefined> {
    return this.#startConnect?.();
  }
}

/**
 * The user has not connected such an account, or has to connect it again. Code `connection_required`, 403.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/connected-accounts-for-token-vault
 */
export class ConnectionRequiredError extends ConnectNeededError {
  constructor(offer: ConnectOffer) {
    super('connection_required', `Connect an account of "${offer.connection}" to continue`, offer);
  }
}

/**
 * The account is connected, but without a scope that is needed. Without a `connectUrl` where exactly that was approved a
 * moment ago: another consent would give the same. Code `insufficient_scope`, 403.
 */
export class InsufficientScopeError extends ConnectNeededError {
  /** What is needed and was not granted. */
  readonly missingScopes: readonly string[];

  constructor(
    offer: ConnectOffer & {
      missingScopes: readonly string[];
      /** A person has just approved them, and they were not granted. */
      justConsented?: boolean;
    },
  ) {
    const remedy = offer.justConsented
      ? 'It was approved a moment ago, and the provider has not granted it'
      : 'Connect it again to grant it';
    super(
      'insufficient_scope',
      `The connected account of "${offer.connection}" lacks a scope that is needed. ${remedy}`,
      offer,
      { missingScopes: offer.missingScopes },
    );
    this.missingScopes = offer.missingScopes;
  }
}

/**
 * Auth0 answered 409: the account is linked already, perhaps to another user. Code `account_conflict`, 409.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export class AccountConflictError extends Auth0ConnectError {
  constructor(options: { connection: string; cause?: unknown }) {
    super('account_conflict', 409, `This account of "${options.connection}" is already connected to a user`, {
      details: { connection: options.connection },
      cause: options.cause,
    });
  }
}

/**
 * The user has no connected account of this id. Code `account_not_found`, 404.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export class AccountNotFoundError extends Auth0ConnectError {
  constructor(options: { cause?: unknown } = {}) {
    super('account_not_found', 404, 'There is no such connected account', options);
  }
}
