import type { Clock } from '../shared/clock.js';
import type { HeldLease, TokenStore } from './ports.js';

/** Most exchanges take a few of these. */
const LOOK_EVERY_MS = 30;

interface Waiting extends HeldLease {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Waits for leases to be over: one look at the database for all who wait in this process. */
export class LeaseWatch {
  private waiting: Waiting[] = [];
  private isLooking = false;

  constructor(
    private readonly store: Pick<TokenStore, 'heldAmong'>,
    private readonly clock: Clock,
    /** Between two looks; a test may look at once. */
    private readonly pause: (ms: number) => Promise<void> = sleep,
  ) {}

  /** Until the holder has ended the lease or let it expire, or its row is gone. */
  untilOver(held: HeldLease): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...held, resolve, reject });
      if (!this.isLooking) void this.look();
    });
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    while (this.waiting.length > 0) {
      await this.pause(LOOK_EVERY_MS);
      const lookedFor = this.waiting;
      this.waiting = [];
      try {
        const held = await this.store.heldAmong(lookedFor, this.clock.now());
        for (const one of lookedFor) {
          if (held.has(one.lease)) this.waiting.push(one);
          else one.resolve();
        }
      } catch (error) {
        for (const { reject } of lookedFor) reject(error);
      }
    }
    this.isLooking = false;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
