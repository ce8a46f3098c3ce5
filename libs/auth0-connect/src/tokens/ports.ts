import type { HeldLease, SeenLease } from './lease.js';
import type { SharedFailure } from './shared-failure.js';

/** Which token of whom. */
export interface TokenKey {
  /** The session's id, or the user's key where no session is there. */
  readonly owner: string;
  /** Digest of what tells the tokens of one owner apart. */
  readonly id: string;
  readonly userKey: string;
  /** The session that the token goes with. */
  readonly sessionId?: string;
}

export interface StoredToken {
  readonly accessToken: string;
  /** Default `Bearer`. */
  readonly tokenType?: 'Bearer' | 'DPoP';
  /** Undefined where Auth0 did not say. */
  readonly scopes: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenState {
  readonly token?: StoredToken;
  /** Who obtains a new one right now. */
  readonly lease?: string;
  readonly leaseExpiresAt?: number;
  /** How the exchange under that lease failed. */
  readonly failure?: { readonly lease: string; readonly failure: SharedFailure };
}

/** Rows that hold a token and the right to obtain it. Every change is one statement. */
export interface TokenStore<Key extends TokenKey = TokenKey> {
  find(key: Key): Promise<TokenState | undefined>;
  /**
   * Makes the row if there is none and takes the lease if nobody holds it, or if it is still as `abandoned` says.
   * @returns what the row says then, also who holds the lease; undefined when the owner is gone
   */
  claim(key: Key, lease: SeenLease, abandoned?: SeenLease): Promise<TokenState | undefined>;
  /** Which of these leases are still in their rows, and their times, in one statement. */
  heldAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>>;
  /** False: the lease is not ours any more. */
  renew(key: Key, lease: SeenLease): Promise<boolean>;
  /** Ends the lease, with a token to keep or without. False: the row or the lease is gone, and nothing was stored. */
  complete(key: Key, lease: string, token: StoredToken | undefined): Promise<boolean>;
  fail(key: Key, lease: string, failure: SharedFailure): Promise<void>;
}
