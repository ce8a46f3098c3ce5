import type { HeldLease, SeenLease } from '../tokens/lease.js';
import type { UserClaims } from './user-claims.js';
import type { TokenKey, TokenState, TokenStore } from '../tokens/ports.js';

export const SESSION_STORE = Symbol('auth0-connect:session-store');
export const API_ACCESS_TOKEN_STORE = Symbol('auth0-connect:api-access-token-store');
export const REFRESH_GRANT = Symbol('auth0-connect:refresh-grant');

/** A session's row without its secrets. Times are milliseconds since the epoch. */
export interface SessionRecord {
  readonly id: string;
  /** The Auth0 domain it was begun at, an origin. */
  readonly issuerOrigin: string;
  readonly userKey: string;
  readonly userId: string;
  /** About the user. Several requests may hold the same object. */
  readonly claims: UserClaims;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly absoluteExpiresAt: number;
}

export interface NewSession extends SessionRecord {
  /** Private key of its DPoP proofs, a JWK as JSON; undefined for a session of bearer tokens. */
  readonly dpopKey?: string;
  readonly sidKey?: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
}

/** What a session holds from Auth0. */
export interface SessionCredentials {
  readonly refreshToken?: string;
  readonly dpopKey?: string;
  readonly idToken?: string;
  /** Goes up with every change of the refresh token. */
  readonly version: number;
  readonly loginRequired: boolean;
}

/** Which session a removed row was. */
export type RemovedSession = Pick<SessionRecord, 'id' | 'userId' | 'issuerOrigin'>;

/** What one statement has removed. */
export interface RemovedSessions {
  readonly count: number;
  /** Those that were there just before. Another process may have removed some of them in the same moment. */
  readonly sessions: readonly RemovedSession[];
}

export interface SessionStore {
  insert(session: NewSession): Promise<void>;
  find(id: string): Promise<SessionRecord | undefined>;
  /** Which of these are there and have not expired, in one statement. @param now milliseconds since the epoch */
  findLiveAmong(ids: readonly string[], now: number): Promise<string[]>;
  /** Moves the sliding expiry, unless somebody else has meanwhile. Never brings a session back. */
  touch(session: SessionRecord, lastUsedAt: number, expiresAt: number): Promise<void>;
  /** Removes a session with its tokens and pending connects, in one statement. Undefined: it was gone. */
  delete(id: string): Promise<RemovedSession | undefined>;
  /** A user's sessions, the newest first. */
  findByUser(userKey: string): Promise<SessionRecord[]>;
  /**
   * Removes a user's sessions, in one statement.
   * @param createdUntil milliseconds since the epoch: one that was begun later survives
   */
  deleteByUser(userKey: string, createdUntil?: number): Promise<RemovedSessions>;
  /** Removes the sessions under one of Auth0's, in one statement, unless they were begun later. */
  deleteBySid(sidKey: string, createdUntil: number): Promise<RemovedSessions>;

  readCredentials(id: string): Promise<SessionCredentials | undefined>;
  /** Undefined where the session has none, or is gone. */
  readDpopKey(id: string): Promise<string | undefined>;
  /** Stores what a refresh gave, only over the version it was spent from. False: the session or that version is gone. */
  storeCredentials(
    id: string,
    seenVersion: number,
    grant: { refreshToken?: string; idToken?: string },
  ): Promise<boolean>;
  /** Stores what Auth0 says of the user now. */
  storeClaims(session: SessionRecord, claims: UserClaims): Promise<void>;
  /** Auth0 refused the refresh token of this version: nobody asks with it again. */
  markLoginRequired(id: string, seenVersion: number): Promise<void>;
  /** The same, and the session ends with it. Undefined: it, or this version, was gone. */
  deleteRefused(id: string, seenVersion: number): Promise<RemovedSession | undefined>;

  /**
   * Takes the lease for spending the refresh token, if nobody holds it or if it is still as `abandoned` says.
   * @returns who holds it then; undefined when the session is gone
   */
  claimRefreshLease(
    id: string,
    lease: SeenLease,
    abandoned?: SeenLease,
  ): Promise<SeenLease | { lease?: undefined } | undefined>;
  renewRefreshLease(id: string, lease: SeenLease): Promise<boolean>;
  /** Which of these leases are still in their rows, and their times, in one statement. The owner is the session's id. */
  refreshLeasesAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>>;
  releaseRefreshLease(id: string, lease: string): Promise<void>;
}

export interface ApiAccessTokenKey extends TokenKey {
  readonly sessionId: string;
  /** Empty for a token that is for no API but `/userinfo`. */
  readonly audience: string;
  /** Sorted. */
  readonly requestedScopes: readonly string[];
}

export interface ApiAccessTokenStore extends TokenStore<ApiAccessTokenKey> {
  /** All stored tokens of a session for an audience. */
  findForAudience(
    sessionId: string,
    audience: string,
  ): Promise<{ requestedScopes: readonly string[]; state: TokenState }[]>;
  /** Forgets a token that was refused. */
  forget(key: ApiAccessTokenKey): Promise<void>;
}

/** What the token endpoint answers, checked: signatures, issuer, audience, nonce, times. */
export interface TokenResponse {
  readonly accessToken: string;
  /** `DPoP` if and only if the request had a key. */
  readonly tokenType: 'Bearer' | 'DPoP';
  /** The key that the tokens are bound to, which the session keeps: a private JWK as JSON. */
  readonly dpopKey?: string;
  /** Seconds; undefined where Auth0 did not say. */
  readonly expiresIn?: number;
  /** Undefined where it is what was asked for, RFC 6749 section 5.1. */
  readonly scope?: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Auth0's token endpoint, for a refresh token. */
export interface RefreshGrant {
  refresh(request: {
    issuerOrigin: string;
    refreshToken: string;
    audience?: string;
    scope?: string;
    /** The key that the session's tokens are bound to. */
    dpopKey?: string;
    /** Called with a rotated refresh token before the rest of the answer is looked at. */
    onRefreshToken: (refreshToken: string) => Promise<void>;
  }): Promise<TokenResponse>;
}
