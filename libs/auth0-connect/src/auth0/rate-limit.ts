import { Auth0UnavailableError, RateLimitedError } from '../errors/index.js';
import { systemTicks, type Ticks } from '../ports/clock.js';
import { systemWait, type Wait } from '../ports/wait.js';

/** Without `Retry-After`. */
const DEFAULT_RETRY_MS = 1_000;
const SHORTEST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
/** So that those who were refused together do not come back together. */
const SPREAD = 0.2;

/** Thrown where Auth0 answers 429; `waitMs` is what the answer says, before it is rounded for people. */
export class RateLimit extends RateLimitedError {
  readonly #waitMs: number;

  constructor(operation: string, waitMs: number) {
    super(operation, Math.max(1, Math.ceil(waitMs / 1000)));
    this.#waitMs = waitMs;
  }

  /** @internal */
  get waitMs(): number {
    return this.#waitMs;
  }
}

/**
 * The one way in which this library waits for a rate limit: makes a call anew for as long as Auth0 asks to come back soon,
 * within the time limit of the call.
 */
export class Patience {
  constructor(
    private readonly timeoutMs: number,
    private readonly wait: Wait = systemWait,
    private readonly ticks: Ticks = systemTicks,
  ) {}

  /**
   * @param work makes the request anew each time: what is signed is good once
   * @throws RateLimitedError when Auth0 does not want to be asked again in time
   * @throws Auth0UnavailableError when the time is up while it is asked
   */
  async with<T>(operation: string, work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Auth0UnavailableError(operation)), this.timeoutMs);
    });
    return Promise.race([this.repeat(work), tooLong]).finally(() => clearTimeout(timer));
  }

  private async repeat<T>(work: () => Promise<T>): Promise<T> {
    const deadline = this.ticks() + this.timeoutMs;
    for (let refusals = 0; ; refusals += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RateLimitedError)) throw error;
        const waitMs = waitFor(error, refusals);
        if (waitMs > LONGEST_RETRY_MS || this.ticks() + waitMs >= deadline) throw error;
        await this.wait(waitMs * (1 + Math.random() * SPREAD));
      }
    }
  }
}

/** "At once" is believed once: a clock ahead of Auth0's reads so what is yet to come. */
function waitFor(error: RateLimitedError, refusals: number): number {
  const waitMs = error instanceof RateLimit ? error.waitMs : error.retryAfterSeconds * 1000;
  return Math.max(waitMs, SHORTEST_RETRY_MS * 2 ** refusals);
}

/** RFC 9110 section 10.2.3: seconds or a date; else Auth0's own header, UNIX seconds. Milliseconds. */
export function retryAfter(headers: Headers): number {
  const value = headers.get('retry-after');
  const reset = headers.get('x-ratelimit-reset');
  const candidates = [
    value !== null && /^\d+$/.test(value) ? Number(value) * 1000 : Number.NaN,
    value === null ? Number.NaN : Date.parse(value) - Date.now(),
    reset === null ? Number.NaN : Number(reset) * 1000 - Date.now(),
  ];
  const waitMs = candidates.find((candidate) => Number.isFinite(candidate)) ?? DEFAULT_RETRY_MS;
  return Math.max(SHORTEST_RETRY_MS, waitMs);
}
