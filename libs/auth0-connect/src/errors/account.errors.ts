import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * A link that connects an account, for its user alone: it may be opened from anywhere (a mail, a chat, an MCP client, a phone),
 * and is good for nobody else. It holds no authority and nothing personal.
 */
export interface ConnectLink {
  /** Asks for its state: `connectLinkStatus`. 43 characters, the last part of `url`. */
  id: string;
  /** Where its user connects the account. */
  url: string;
  /** Until when it can be opened. */
  expiresAt: Date;
}

/** How a link that an error makes differs from the default. */
export interface CreateLinkOptions {
  /** Where the person goes on afterwards, a path of the application or an address at a trusted origin. Default: a page that says done. */
  returnTo?: string;
  /** How long it can be opened, 30 to 3600 seconds. Default 600. */
  ttlSeconds?: number;
}

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
  /** Makes a link that connects it, for the user whom the error is about. */
  createLink?: (options?: CreateLinkOptions) => Promise<ConnectLink>;
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
  readonly #startConnect: ConnectOffer['startConnect'];
  readonly #createLink: ConnectOffer['createLink'];

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
    this.#createLink = offer.createLink;
  }

  /**
   * Begins the connect for the person whose request this was, in place of a redirect to `connectUrl`.
   * @returns where to send the browser; undefined where there was no request of a person
   */
  async startConnect(): Promise<string | undefined> {
    return this.#startConnect?.();
  }

  /**
   * A link that puts it right, for whoever has no page of ours open: the person at an MCP client, a chat, a phone. Works for
   * every subject. Asked again for the same need it gives the link that is pending already, as long as that is good for half of
   * its time.
   * @returns undefined where another consent would not help, and where the route of links is switched off
   *
   * @example
   * catch (error) {
   *   if (!(error instanceof ConnectNeededError)) throw error;
   *   const link = await error.createLink();
   *   return `Connect your account first: ${link?.url}`;
   * }
   */
  async createLink(options?: CreateLinkOptions): Promise<ConnectLink | undefined> {
    return this.#createLink?.(options);
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
