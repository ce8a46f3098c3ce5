import { Auth0UnavailableError } from '../errors/index.js';
import { systemTicks, type Clock, type Ticks } from '../ports/clock.js';
import { LEASE_WAIT } from '../events/traced.js';
import type { Wait } from '../ports/wait.js';
import { SingleFlight } from '../shared/single-flight.js';
import { claimLease, whileRenewing, type LeaseRow, type SeenLease } from './lease.js';
import { LeaseWatch, type WaitResult } from './lease-watch.js';
import type { StoredToken, TokenKey, TokenState, TokenStore } from './ports.js';
import { fromSharedFailure, toSharedFailure } from './shared-failure.js';

/** How often an exchange whose row was removed meanwhile is made again. */
const MOST_DROPPED = 3;

/** What asking Auth0 has given. */
export interface ObtainedToken {
  readonly token: StoredToken;
  /** False: hand it to those who wait in this process, and store nothing. */
  readonly keep: boolean;
}

/** How long, and by which clocks; a test brings its own. */
export interface CoordinatorOptions {
  readonly clock: Clock;
  /** Nobody waits longer for others, in milliseconds. */
  readonly longestWaitMs: number;
  readonly wait?: Wait;
  readonly ticks?: Ticks;
}

/** Who asks for a token, and how it is obtained. */
interface Request<Key extends TokenKey> {
  readonly key: Key;
  readonly row: LeaseRow<TokenState>;
  readonly usable: (token: StoredToken) => boolean;
  readonly obtain: () => Promise<ObtainedToken>;
}

/**
 * Obtains the token of a key once, however many ask for it: in this process by a shared promise, across processes by
 * a lease in the row. No connection and no transaction of the database is held while Auth0 is asked.
 */
export class ExchangeCoordinator<Key extends TokenKey> {
  private readonly flights = new SingleFlight<StoredToken>();
  private readonly leases: LeaseWatch;
  private readonly ticks: Ticks;

  constructor(
    private readonly store: TokenStore<Key>,
    private readonly options: CoordinatorOptions,
  ) {
    this.ticks = options.ticks ?? systemTicks;
    this.leases = new LeaseWatch(store, options.wait, this.ticks);
  }

  /**
   * @param usable whether a stored token serves this caller
   * @param obtain asks Auth0
   * @throws what `obtain` throws, here or in the process that asked; Auth0UnavailableError when others took too long
   */
  obtain(
    key: Key,
    usable: (token: StoredToken) => boolean,
    obtain: () => Promise<ObtainedToken>,
  ): Promise<StoredToken> {
    const row: LeaseRow<TokenState> = {
      claim: (lease, abandoned) => this.store.claim(key, lease, abandoned),
      renew: (lease) => this.store.renew(key, lease),
    };
    return this.flights.run(`${key.owner}.${key.id}`, () => this.obtainAcrossProcesses({ key, row, usable, obtain }));
  }

  /** Until all that is obtained right now has been stored, and its leases have ended. */
  settled(): Promise<void> {
    return this.flights.settled();
  }

  private async obtainAcrossProcesses(request: Request<Key>): Promise<StoredToken> {
    const { row, obtain } = request;
    const deadline = this.ticks() + this.options.longestWaitMs;
    let abandoned: SeenLease | undefined;
    for (let dropped = 0; dropped < MOST_DROPPED && this.ticks() < deadline;) {
      const claim = await claimLease(row, this.options.clock.now(), abandoned);
      abandoned = undefined;
      // No row, and none to be made: the session ended meanwhile. Asking for it alone tells the caller what to do.
      if (claim.holder === 'nobody') return (await obtain()).token;
      if (claim.holder === 'us') {
        const token = await this.obtainAsHolder(request, claim.lease, claim.state);
        if (token) return token;
        dropped += 1;
      } else {
        const waited = await this.waitForHolder(request, claim.state, deadline);
        if (waited.token) return waited.token;
        ({ abandoned } = waited);
      }
    }
    throw new Auth0UnavailableError('exchange');
  }

  /** @returns undefined when the row or the lease was gone at the end: what was obtained is dropped */
  private async obtainAsHolder(
    request: Request<Key>,
    lease: string,
    { token: found }: TokenState,
  ): Promise<StoredToken | undefined> {
    const { key, row, usable } = request;
    // Between the caller's look and our claim another process may have finished.
    if (found && usable(found)) {
      await this.store.complete(key, lease, undefined); // it is there already, if it was not forgotten meanwhile
      return found;
    }
    const renew = (leaseExpiresAt: number): Promise<boolean> => row.renew({ lease, leaseExpiresAt });
    return whileRenewing(
      renew,
      () => this.options.clock.now(),
      () => this.obtainAndStore(request, lease),
    );
  }

  private async obtainAndStore({ key, obtain }: Request<Key>, lease: string): Promise<StoredToken | undefined> {
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

  /** @returns the holder's token, or nothing when it is our turn. @throws what the holder's exchange has failed with */
  private async waitForHolder(
    { key, usable }: Request<Key>,
    { token: found, lease, leaseExpiresAt = 0 }: TokenState,
    deadline: number,
  ): Promise<WaitResult & { token?: StoredToken }> {
    if (found && usable(found)) return { token: found };
    if (lease === undefined) return {}; // over since we claimed
    const { abandoned } = await LEASE_WAIT.run(
      () => ({ lease: 'token' }),
      () => this.within(deadline, this.leases.untilReleased({ owner: key.owner, lease, leaseExpiresAt })),
    );
    const { token, failure } = (await this.store.find(key)) ?? {};
    if (token && usable(token)) return { token };
    if (failure?.lease === lease) throw fromSharedFailure(failure.failure);
    return { abandoned };
  }

  /** A holder that renews its lease and never comes to an end is not waited for. */
  private async within(deadline: number, waiting: Promise<WaitResult>): Promise<WaitResult> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<WaitResult>((resolve) => {
      timer = setTimeout(() => resolve({}), Math.max(0, deadline - this.ticks()));
    });
    return Promise.race([waiting, tooLong]).finally(() => clearTimeout(timer));
  }
}
