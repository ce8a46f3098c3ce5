import type { RequestKind } from './recorded-request.js';

/** How many calls of a kind are taken in a window of time. */
export interface RateLimit {
  limit: number;
  windowMs: number;
  retryAfterSeconds: number;
}

/** What a call may know of the limit it falls under. */
export interface RateState {
  limit: number;
  remaining: number;
  /** When the window ends, in UNIX seconds. */
  reset: number;
  /** Set when this call is one too many. */
  retryAfterSeconds?: number;
}

/** The limit that is only reported, never enforced, while a test sets no other. */
const REPORTED: Omit<RateLimit, 'retryAfterSeconds'> = { limit: 1000, windowMs: 60_000 };

/** Counts calls in fixed windows, one window per kind. */
export class RateLimits {
  readonly #limits = new Map<RequestKind, RateLimit>();
  readonly #windows = new Map<RequestKind, { endsAt: number; used: number }>();

  set(kind: RequestKind, limit: RateLimit | undefined): void {
    this.#windows.delete(kind);
    if (limit) this.#limits.set(kind, limit);
    else this.#limits.delete(kind);
  }

  /** Counts one call. */
  take(kind: RequestKind): RateState {
    const limit = this.#limits.get(kind);
    const { limit: most, windowMs } = limit ?? REPORTED;
    const now = Date.now();
    let window = this.#windows.get(kind);
    if (!window || window.endsAt <= now) {
      window = { endsAt: now + windowMs, used: 0 };
      this.#windows.set(kind, window);
    }
    window.used += 1;
    const state = { limit: most, remaining: Math.max(0, most - window.used), reset: Math.ceil(window.endsAt / 1000) };
    return limit && window.used > most ? { ...state, retryAfterSeconds: limit.retryAfterSeconds } : state;
  }

  /** Takes every limit away. */
  clear(): void {
    this.#limits.clear();
    this.#windows.clear();
  }
}
