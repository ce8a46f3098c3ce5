import type { Clock } from '../ports/clock.js';
import { systemWait, type Wait } from '../ports/wait.js';
import { LEASE_MS } from './lease.js';
import type { HeldLease, TokenStore } from './ports.js';

/** Most answers come within a second: often at first, and less so when nothing ends. */
const LOOK_EVERY_MS = 30;
const LOOK_EVERY_MS_LATER = 250;
const LOOKS_UNTIL_LATER = 35;

interface Waiting extends HeldLease {
  readonly resolve: () => void;
}

/** Waits for leases to be over: one look at the database for all who wait in this process. */
export class LeaseWatch {
  private waiting: Waiting[] = [];
  private isLooking = false;

  constructor(
    private readonly store: Pick<TokenStore, 'heldAmong'>,
    private readonly clock: Clock,
    /** Between two looks; a test may look at once. */
    private readonly wait: Wait = systemWait,
  ) {}

  /**
   * Until the holder has ended the lease or let it expire, or its row is gone. Sooner where the database fails: who
   * waited looks at the row next, and is told by that.
   */
  untilReleased(held: HeldLease): Promise<void> {
    return new Promise((goOn) => {
      this.waiting.push({ ...held, resolve: goOn });
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
        if (held.has(one.lease)) {
          this.waiting.push(one);
        } else {
          one.resolve();
          emptyPolls = 0;
        }
      }
    }
    this.isLooking = false;
  }

  /** None where the database fails, or does not answer for as long as a lease lasts: all wait for this one answer. */
  private async heldAmong(leases: readonly HeldLease[]): Promise<ReadonlySet<string>> {
    let timer: NodeJS.Timeout | undefined;
    const unanswered = new Promise<ReadonlySet<string>>((resolve) => {
      timer = setTimeout(() => resolve(new Set()), LEASE_MS);
    });
    try {
      return await Promise.race([this.store.heldAmong(leases, this.clock.now()), unanswered]);
    } catch {
      return new Set();
    } finally {
      clearTimeout(timer);
    }
  }
}
