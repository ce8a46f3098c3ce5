import { systemTicks, type Ticks } from '../ports/clock.js';
import { systemWait, type Wait } from '../ports/wait.js';
import { LEASE_MS, type HeldLease, type SeenLease } from './lease.js';

/** Most answers come within a second: often at first, and less so when nothing ends. */
const LOOK_EVERY_MS = 30;
const LOOK_EVERY_MS_LATER = 250;
const LOOKS_UNTIL_LATER = 35;

/** A table whose rows hold leases. */
export interface LeaseTable {
  /** Which of these leases are still in their rows, and their times, in one statement. */
  heldAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>>;
}

/** How a wait for a lease has ended: `abandoned` is as its dead holder has left it, and may be claimed by naming it. */
export interface WaitResult {
  readonly abandoned?: SeenLease;
}

interface Waiting extends HeldLease {
  seenExpiresAt: number;
  /** By our monotonic clock. */
  unchangedSince: number;
  readonly resolve: (result: WaitResult) => void;
}

/**
 * Waits for leases to be over: one look at the database for all who wait in this process.
 *
 * A lease is over when its holder has ended it, or has not renewed it for as long as a lease lasts by the *waiter's* own
 * monotonic clock. Clocks of several processes need not agree, and may jump.
 */
export class LeaseWatch {
  private waiting: Waiting[] = [];
  private isLooking = false;

  constructor(
    private readonly table: LeaseTable,
    /** Between two looks; a test may look at once. */
    private readonly wait: Wait = systemWait,
    private readonly ticks: Ticks = systemTicks,
  ) {}

  /**
   * Until the lease is over, or its row is gone. Sooner where the database fails: who waited looks at the row next, and is
   * told by that.
   */
  untilReleased({ owner, lease, leaseExpiresAt }: HeldLease & SeenLease): Promise<WaitResult> {
    return new Promise((resolve) => {
      this.waiting.push({ owner, lease, seenExpiresAt: leaseExpiresAt, unchangedSince: this.ticks(), resolve });
      if (!this.isLooking) void this.look();
    });
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    for (let emptyPolls = 0; this.waiting.length > 0; emptyPolls += 1) {
      await this.wait(emptyPolls < LOOKS_UNTIL_LATER ? LOOK_EVERY_MS : LOOK_EVERY_MS_LATER);
      const lookedFor = this.waiting;
      this.waiting = [];
      const held = await this.heldAmong(lookedFor);
      for (const one of lookedFor) {
        const result = this.resultOf(one, held.get(one.lease));
        if (result) {
          one.resolve(result);
          emptyPolls = 0;
        } else {
          this.waiting.push(one);
        }
      }
    }
    this.isLooking = false;
  }

  /** Undefined: its holder is still there. */
  private resultOf(one: Waiting, leaseExpiresAt: number | undefined): WaitResult | undefined {
    if (leaseExpiresAt === undefined) return {};
    const now = this.ticks();
    if (one.seenExpiresAt !== leaseExpiresAt) {
      one.seenExpiresAt = leaseExpiresAt;
      one.unchangedSince = now;
      return undefined;
    }
    return now - one.unchangedSince < LEASE_MS ? undefined : { abandoned: { lease: one.lease, leaseExpiresAt } };
  }

  /** None where the database fails, or does not answer for as long as a lease lasts: all wait for this one answer. */
  private async heldAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>> {
    let timer: NodeJS.Timeout | undefined;
    const unanswered = new Promise<ReadonlyMap<string, number>>((resolve) => {
      timer = setTimeout(() => resolve(new Map()), LEASE_MS);
    });
    try {
      return await Promise.race([this.table.heldAmong(leases), unanswered]);
    } catch {
      return new Map();
    } finally {
      clearTimeout(timer);
    }
  }
}
