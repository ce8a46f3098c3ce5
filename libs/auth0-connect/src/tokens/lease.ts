import { randomToken } from '../shared/random.js';

/** How long a lease lasts that nobody renews: a holder that has ended blocks the others no longer. */
export const LEASE_MS = 5_000;
const RENEW_EVERY_MS = 1_500;

/** Whose lease a row holds. */
export interface HeldLease {
  /** By which the row is found. */
  readonly owner: string;
  readonly lease: string;
}

/** A lease as its row says it. The time is its holder's, and moves with each renewal: nobody else compares it with a clock. */
export interface SeenLease {
  readonly lease: string;
  readonly leaseExpiresAt: number;
}

/** No lease is called so. */
export const NO_LEASE: SeenLease = { lease: '', leaseExpiresAt: 0 };

/** One row that holds a lease. Every change is one statement. */
export interface LeaseRow<State extends Partial<SeenLease>> {
  /**
   * Takes the lease if nobody holds it, or if it is still as `abandoned` says.
   * @returns what the row says then, also who holds the lease; undefined when there is no row, and none to be made
   */
  claim(lease: SeenLease, abandoned: SeenLease | undefined): Promise<State | undefined>;
  /** False: the lease is not ours any more. */
  renew(lease: SeenLease): Promise<boolean>;
}

/** Who holds the lease now: we do, or somebody else does, or there is nothing to be held. */
export type Claim<State> =
  | { readonly holder: 'us'; readonly lease: string; readonly state: State }
  | { readonly holder: 'another'; readonly state: State }
  | { readonly holder: 'nobody' };

/** Claims a lease under a new name. @param now milliseconds since the epoch, for whoever reads the table */
export async function claimLease<State extends Partial<SeenLease>>(
  row: LeaseRow<State>,
  now: number,
  abandoned?: SeenLease,
): Promise<Claim<State>> {
  const lease = randomToken();
  const state = await row.claim({ lease, leaseExpiresAt: now + LEASE_MS }, abandoned);
  if (!state) return { holder: 'nobody' };
  return state.lease === lease ? { holder: 'us', lease, state } : { holder: 'another', state };
}

/**
 * Does the work of a lease's holder, who renews it until the work is done. Others see by the time in the row that the
 * holder lives: it moves on though this machine's clock stands still or is set back.
 */
export async function whileRenewing<T>(
  renew: (leaseExpiresAt: number) => Promise<unknown>,
  now: () => number,
  work: () => Promise<T>,
): Promise<T> {
  let leaseExpiresAt = now() + LEASE_MS;
  const renewal = setInterval(() => {
    leaseExpiresAt = Math.max(leaseExpiresAt + 1, now() + LEASE_MS);
    renew(leaseExpiresAt).catch(() => undefined); // lost: then others may ask too
  }, RENEW_EVERY_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
