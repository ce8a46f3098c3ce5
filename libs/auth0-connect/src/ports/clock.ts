/** Where the time comes from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const CLOCK = Symbol('auth0-connect:clock');

export const systemClock: Clock = { now: () => Date.now() };
