import type { SessionRecord } from '../session/ports.js';
import type { MaybePromise } from '../shared/maybe-promise.js';
import type { StoredToken, TokenKey, TokenStore } from '../tokens/ports.js';
import type { ConnectLinkState, StoredConnectLink } from './connect-link.js';
import type { ConnectedAccount, ConnectedAccountConnection } from './connected-account.js';

export const MY_ACCOUNT_API = Symbol('auth0-connect:my-account-api');
export const TOKEN_VAULT = Symbol('auth0-connect:token-vault');
export const CONNECTION_TOKEN_STORE = Symbol('auth0-connect:connection-token-store');

export interface ConnectRequest {
  readonly connection: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeChallenge: string;
  /** Left out of the request when empty. */
  readonly scopes: readonly string[];
  readonly authorizationParams: Readonly<Record<string, unknown>> | undefined;
}

export interface ConnectTicket {
  readonly connectUri: string;
  readonly ticket: string;
  readonly authSession: string;
  readonly expiresInSeconds: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** What a call of the My Account API needs. */
export interface MyAccountAccess {
  /** An origin. */
  readonly issuerOrigin: string;
  /** For the audience of that domain. */
  readonly accessToken: string;
  /** Makes the proof that goes with a token bound by DPoP; undefined for a bearer token. */
  readonly prove?: (request: { method: string; url: string; nonce?: string }) => Promise<string>;
}

/** Auth0's My Account API, connected accounts. */
export interface MyAccountApi {
  /** The audience of its access tokens. */
  audienceOf(issuerOrigin: string): string;
  connect(access: MyAccountAccess, request: ConnectRequest): Promise<ConnectTicket>;
  complete(
    access: MyAccountAccess,
    request: { authSession: string; connectCode: string; redirectUri: string; codeVerifier: string },
  ): Promise<ConnectedAccount>;
  listAccounts(
    access: MyAccountAccess,
    query: { connections: readonly string[]; take?: number; from?: string },
  ): Promise<Page<ConnectedAccount>>;
  listConnections(
    access: MyAccountAccess,
    query: { take?: number; from?: string },
  ): Promise<Page<ConnectedAccountConnection>>;
  deleteAccount(access: MyAccountAccess, id: string): Promise<void>;
}

export interface ProviderToken {
  readonly accessToken: string;
  /** Seconds that are left; undefined where Auth0 did not say. */
  readonly expiresIn?: number;
  /** Undefined where Auth0 did not say. */
  readonly scopes?: readonly string[];
}

/** What proves to Token Vault on whose behalf an exchange is. */
export type SubjectToken =
  | {
      readonly type: 'refresh_token';
      readonly value: string;
      /** The key of the session that it belongs to, where its tokens are bound by DPoP. */
      readonly dpopKey?: string;
    }
  /** A caller's, exchanged by the API's own client. */
  | { readonly type: 'access_token'; readonly value: string }
  /** None: the privileged worker signs for this user. */
  | { readonly type: 'worker'; readonly userId: string; readonly orgId?: string; readonly scopes: readonly string[] };

/** Auth0's Token Vault. */
export interface TokenVault {
  /** @throws AccountNotConnected */
  exchange(request: {
    /** An origin. */
    issuerOrigin: string;
    subjectToken: SubjectToken;
    connection: string;
    loginHint?: string;
  }): Promise<ProviderToken>;
}

export interface ConnectionTokenKey extends TokenKey {
  readonly connection: string;
  /** Digest; empty where none was given. */
  readonly loginHintKey: string;
}

export interface ConnectionTokenStore extends TokenStore<ConnectionTokenKey> {
  /**
   * Forgets the tokens of the connection, under any login hint, in all sessions of the user: which of them were
   * the removed account's nobody here knows. Exchanges under way go on.
   * @returns false when there was none
   */
  forget(key: ConnectionTokenKey): Promise<boolean>;
  /** Removes all rows of a user for a connection, so that exchanges under way store nothing. */
  removeConnection(userKey: string, connection: string): Promise<void>;
  /** Removes all rows of a user. */
  removeUser(userKey: string): Promise<void>;
  /**
   * Removes a user's rows for connections that are not connected, and those of connections with several accounts, of
   * which one may be gone. @param among looks at these connections only
   */
  keepConnected(userKey: string, connected: readonly string[], among?: readonly string[]): Promise<void>;
}

export const CONNECT_LINK_STORE = Symbol('auth0-connect:connect-link-store');

export interface ConnectLinkStore {
  insert(link: StoredConnectLink): Promise<void>;
  /** @param id digest of the link's token */
  find(id: string): Promise<StoredConnectLink | undefined>;
  /** A user's links for one need that nobody has answered, the newest first. */
  findOpen(userKey: string, needKey: string): Promise<StoredConnectLink[]>;
  /** One statement: of any number of callers exactly one gets true for leaving a state. */
  move(id: string, from: readonly ConnectLinkState[], to: ConnectLinkState, failure?: string): Promise<boolean>;
  /** Keeps the newest ones of a user. */
  trim(userKey: string, keep: number): Promise<void>;
}

export const SESSION_READER = Symbol('auth0-connect:session-reader');
export const CONNECTION_TOKEN_READER = Symbol('auth0-connect:connection-token-reader');

/** What a request needs to know of a stored token. */
export type ReadToken = Pick<StoredToken, 'accessToken' | 'scopes' | 'expiresAt'>;

export interface SessionWithTokens {
  readonly record: SessionRecord;
  /** By token id; without those that are not stored. */
  readonly tokens: ReadonlyMap<string, ReadToken>;
}

/** Reads what a request needs, in one statement. */
export interface SessionReader {
  /** @param sessionToken what the cookie holds @param tokenIds the connection tokens to read along */
  read(sessionToken: string, tokenIds: readonly string[]): MaybePromise<SessionWithTokens | undefined>;
}

/** Reads the connection tokens that a request of a caller needs, in one statement. */
export interface ConnectionTokenReader {
  /** @returns by token id; without those that are not stored */
  read(owner: string, tokenIds: readonly string[]): MaybePromise<ReadonlyMap<string, ReadToken>>;
}
