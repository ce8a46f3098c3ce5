/** Where the time comes from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const CLOCK = Symbol('auth0-connect:clock');

export const systemClock: Clock = { now: () => Date.now() };

/** Monotonic milliseconds: for how long something takes, whatever happens to the clock. */
export type Ticks = () => number;

export const TICKS = Symbol('auth0-connect:ticks');

export const systemTicks: Ticks = () => performance.now();
