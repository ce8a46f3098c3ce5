import { BoundedMap } from './bounded-map.js';

const MINUTE_MS = 60_000;
/** Codes of ours and of databases: there are not as many. */
const MOST_SUBJECTS = 200;

/** Ends such a line. */
export const ONCE = 'This is said once a minute';

/** What every request would say into the log is said once a minute. */
export class OnceAMinute {
  private readonly saidAt = new BoundedMap<string, number>(MOST_SUBJECTS);

  /** @param ticks monotonic milliseconds */
  constructor(private readonly ticks: () => number = () => performance.now()) {}

  /** Whether it is time to say this again, and notes that it is said now. */
  isDue(subject: string): boolean {
    const now = this.ticks();
    const saidAt = this.saidAt.get(subject);
    if (saidAt !== undefined && now - saidAt < MINUTE_MS) return false;
    this.saidAt.set(subject, now);
    return true;
  }
}
