import { Inject, Injectable } from '@nestjs/common';
import { ISSUER_KEYS, type IssuerKeys } from '../issuer/issuer-keys.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { BoundedMap } from '../shared/bounded-map.js';
import { digest } from '../shared/digest.js';
import { hideFromLogs } from '../shared/hide-from-logs.js';
import { LEEWAY_SECONDS } from '../shared/leeway.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

/** Those of the callers who are active; a few megabytes. The one that was verified longest ago goes first. */
const MOST_TOKENS = 10_000;

interface Remembered {
  readonly verified: VerifiedAccessToken;
  readonly keySet: object;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Access tokens that were verified a moment ago: a caller sends the same one with every request, and a signature that was
 * right is so for as long as its key is published. What depends on the request, a proof say, is not remembered; nor are the
 * tokens themselves, of which a digest is enough.
 *
 * One of these belongs to one module instance, so that what is remembered was checked for its audience and its domains.
 */
@Injectable()
export class RememberedAccessTokens {
  private readonly byDigest = new BoundedMap<string, Remembered>(MOST_TOKENS);

  constructor(
    @Inject(ISSUER_KEYS) private readonly keys: IssuerKeys,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    hideFromLogs(this);
  }

  /** Undefined for a token that has to be verified: by then it may have ended, or its key may have been withdrawn. */
  find(accessToken: string): VerifiedAccessToken | undefined {
    const id = digest(accessToken);
    const remembered = this.byDigest.get(id);
    if (!remembered) return undefined;
    if (this.isStillTrue(remembered)) return remembered.verified;
    this.byDigest.delete(id);
    return undefined;
  }

  /** @param keySet what it was verified with; a token is remembered only where that is known */
  remember(accessToken: string, verified: VerifiedAccessToken, keySet: object | undefined): void {
    if (keySet) this.byDigest.set(digest(accessToken), { verified, keySet, since: this.clock.now() });
  }

  private isStillTrue({ verified: { issuerOrigin, expiresAt }, keySet, since }: Remembered): boolean {
    const now = this.clock.now();
    // A clock that was set back may be at a time at which the token is not good yet.
    return since <= now && now < expiresAt + LEEWAY_SECONDS * 1000 && this.keys.currentSet(issuerOrigin) === keySet;
  }
}
