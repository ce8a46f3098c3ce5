export const EXPIRED_ROWS = Symbol('auth0-connect:expired-rows');
export const RESEALER = Symbol('auth0-connect:resealer');

/** A session whose row was removed because it has expired. */
export interface PurgedSession {
  readonly id: string;
  readonly userId: string;
  /** An origin. */
  readonly issuerOrigin: string;
}

export interface ExpiredRows {
  /**
   * @param onSession told of each session that was removed
   * @returns how many rows of any kind were removed, at most `size` of each
   */
  purgeBatch(now: number, size: number, onSession?: (session: PurgedSession) => Promise<void>): Promise<number>;
}

/** What `reseal()` has done. */
export interface ResealReport {
  /** Rows whose values are now sealed with the first secret. */
  resealed: number;
  /** Rows with a value that no configured secret opens; they were left as they are. */
  unreadable: number;
}

export interface Resealer {
  reseal(batchSize: number): Promise<ResealReport>;
}
