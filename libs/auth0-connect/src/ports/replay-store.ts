/** Remembers ids that are good once, for all processes. */
export interface ReplayStore {
  /**
   * @param kind what the id is of: ids of different kinds do not meet
   * @param expiresAt milliseconds since the epoch, from when on it need not be remembered
   * @returns false when it was remembered before
   */
  remember(kind: string, jti: string, expiresAt: number): Promise<boolean>;
  /** Whether it was remembered, for what may be repeated until it was done. */
  has(kind: string, jti: string): Promise<boolean>;
  /** Remembers it until then, or for longer where it is already. */
  rememberUntil(kind: string, jti: string, expiresAt: number): Promise<void>;
  /** Until when it is remembered, milliseconds since the epoch; undefined where it is not. */
  rememberedUntil(kind: string, jti: string): Promise<number | undefined>;
}

export const REPLAY_STORE = Symbol('auth0-connect:replay-store');
