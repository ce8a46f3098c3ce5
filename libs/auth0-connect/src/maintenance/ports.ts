export const EXPIRED_ROWS = Symbol('auth0-connect:expired-rows');
export const RESEALER = Symbol('auth0-connect:resealer');

export interface ExpiredRows {
  /** @returns how many rows of any kind were removed, at most `size` of each */
  purgeBatch(now: number, size: number): Promise<number>;
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
