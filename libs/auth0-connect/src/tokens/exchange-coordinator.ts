import { Auth0UnavailableError } from '../errors/index.js';
import type { Clock } from '../ports/clock.js';
import { randomToken } from '../shared/random.js';
import { SingleFlight } from '../shared/single-flight.js';
import type { Wait } from '../ports/wait.js';
import { LEASE_MS, whileRenewing } from './lease.js';
import { LeaseWatch } from './lease-watch.js';
import type { StoredToken, TokenKey, TokenState, TokenStore } from './ports.js';
import { fromSharedFailure, toSharedFailure } from './shared-failure.js';

/** Rows do not vanish under every exchange. */
const MOST_DROPPED = 3;

/** What asking Auth0 has given. */
export interface ObtainedToken {
  readonly token: StoredToken;
  /** False: hand it to those who wait in this process, and store nothing. */
  readonly keep: boolean;
}

/**
 * Obtains the token of a key once, however many ask for it: in this process by a shared promise, across processes by
 * a lease in the row. No connection and no transaction of the database is held while Auth0 is asked.
 */
export class ExchangeCoordinator<Key extends TokenKey> {
  private readonly flights = new SingleFlight<StoredToken>();
  private readonly leases: LeaseWatch;

  constructor(
    private readonly store: TokenStore<Key>,
    private readonly clock: Clock,
    wait?: Wait,
  ) {
    this.leases = new LeaseWatch(store, clock, wait);
  }

  /**
   * @param usable whether a stored token serves this caller
   * @param obtain asks Auth0
   */
  obtain(
    key: Key,
    usable: (token: StoredToken) => boolean,
    obtain: () => Promise<ObtainedToken>,
  ): Promise<StoredToken> {
    return this.flights.run(`${key.owner}.${key.id}`, () => this.obtainAcrossProcesses(key, usable, obtain));
  }

  private async obtainAcrossProcesses(
    key: Key,
    usable: (token: StoredToken) => boolean,
    obtain: () => Promise<ObtainedToken>,
  ): Promise<StoredToken> {
    for (let dropped = 0; dropped < MOST_DROPPED;) {
      const lease = randomToken();
      const now = this.clock.now();
      const state = await this.store.claim(key, lease, now, now + LEASE_MS);
      // No row, and none to be made: the session ended meanwhile. Asking for it alone tells the caller what to do.
      if (!state) return (await obtain()).token;
      if (state.lease === lease) {
        const token = await this.obtainAsHolder(key, lease, state, usable, obtain);
        if (token) return token;
        dropped += 1;
      } else {
        const token = await this.waitForHolder(key, state, usable);
        if (token) return token;
      }
    }
    throw new Auth0UnavailableError('exchange');
  }

  /** @returns undefined when the row or the lease was gone at the end: what was obtained is dropped */
  private async obtainAsHolder(
    key: Key,
    lease: string,
    { token: found }: TokenState,
    usable: (token: StoredToken) => boolean,
    obtain: () => Promise<ObtainedToken>,
  ): Promise<StoredToken | undefined> {
    // Between the caller's look and our claim another process may have finished.
    if (found && usable(found)) {
      await this.store.complete(key, lease, undefined); // it is there already, if it was not forgotten meanwhile
      return found;
    }
    const renew = () => this.store.renew(key, lease, this.clock.now() + LEASE_MS);
    return whileRenewing(renew, () => this.obtainAndStore(key, lease, obtain));
  }

  private async obtainAndStore(
    key: Key,
    lease: string,
    obtain: () => Promise<ObtainedToken>,
  ): Promise<StoredToken | undefined> {
    try {
      const { token, keep } = await obtain();
      // A logout, a disconnect or a reconnect removes the row: what this token was obtained for is not so any more.
      const stored = await this.store.complete(key, lease, keep ? token : undefined);
      return stored || !keep ? token : undefined;
    } catch (error) {
      // What went wrong is told, also when it cannot be noted down for the others.
      await this.store.fail(key, lease, toSharedFailure(error)).catch(() => undefined);
      throw error;
    }
  }

  /** @returns the holder's token, or undefined when it is our turn. @throws what the holder's exchange has failed with */
  private async waitForHolder(
    key: Key,
    { token: found, lease }: TokenState,
    usable: (token: StoredToken) => boolean,
  ): Promise<StoredToken | undefined> {
    if (found && usable(found)) return found;
    if (lease === undefined) return undefined; // over since we claimed
    await this.leases.untilReleased({ owner: key.owner, lease });
    const { token, failure } = (await this.store.find(key)) ?? {};
    if (token && usable(token)) return token;
    if (failure?.lease === lease) throw fromSharedFailure(failure.failure);
    return undefined;
  }
}
