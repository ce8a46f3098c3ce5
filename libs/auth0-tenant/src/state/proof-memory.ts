import { createHmac, timingSafeEqual } from 'node:crypto';
import { epochSeconds } from '../identifiers.js';

/** How old a proof may be, and how long a nonce is good, in seconds. */
export const PROOF_WINDOW = 60;

/** Nonces a resource server hands out, good for the window they were made in and the next. */
export class DpopNonces {
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  current(windowsAgo = 0): string {
    const window = Math.floor(epochSeconds() / PROOF_WINDOW) - windowsAgo;
    return createHmac('sha256', this.#secret).update(String(window)).digest('base64url');
  }

  isGood(nonce: unknown): boolean {
    if (typeof nonce !== 'string') return false;
    const given = Buffer.from(nonce);
    return [this.current(), this.current(1)].some((good) => {
      const known = Buffer.from(good);
      return known.length === given.length && timingSafeEqual(known, given);
    });
  }
}

/** Ids that may be used once, remembered for as long as they matter. */
export class OneTimeIds {
  readonly #used = new Map<string, number>();

  /** False when this id was used before. `until` is in UNIX seconds. */
  useOnce(id: string, until: number): boolean {
    const now = epochSeconds();
    for (const [known, end] of this.#used) if (end < now) this.#used.delete(known);
    if (this.#used.has(id)) return false;
    this.#used.set(id, until);
    return true;
  }
}
