import { Auth0UnavailableError, RateLimitedError, type Auth0Answer } from '../errors/index.js';
import { systemTicks, type Ticks } from '../ports/clock.js';
import { systemWait, type Wait } from '../ports/wait.js';
import { retryAfterMs } from '../shared/retry-after.js';
import { LostConnection } from './lost-connection.js';

/** Without `Retry-After`. */
const DEFAULT_RETRY_MS = 1_000;
const SHORTEST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
/** What is told to callers: nobody needs to know more exactly than "tomorrow". */
const LONGEST_TOLD_MS = 86_400_000;
/** So that those who were refused together do not come back together. */
const SPREAD = 0.2;

/** Thrown where Auth0 answers 429; `waitMs` is what the answer says, before it is rounded for people. */
export class RateLimit extends RateLimitedError {
  readonly #waitMs: number;

  constructor(operation: string, waitMs: number, answer?: Auth0Answer) {
    super(operation, Math.max(1, Math.ceil(waitMs / 1000)), { answer });
    this.#waitMs = waitMs;
    this.name = RateLimitedError.name;
  }

  /** @internal */
  get waitMs(): number {
    return this.#waitMs;
  }
}

/**
 * The one way in which this library makes a call of Auth0 anew: once. After a rate limit where Auth0 asks to come back soon,
 * and at once where a kept connection turned out to be closed. One request of a user never multiplies a limit.
 */
export class Patience {
  constructor(
    private readonly timeoutMs: number,
    private readonly wait: Wait = systemWait,
    private readonly ticks: Ticks = systemTicks,
  ) {}

  /**
   * @param work makes the request anew each time: what is signed is good once
   * @param options.isRepeatable it does no harm where Auth0 has carried it out already, and only the answer was lost
   * @throws RateLimitedError when Auth0 does not want to be asked again in time
   * @throws Auth0UnavailableError when the time is up while it is asked
   */
  async with<T>(
    operation: string,
    work: () => Promise<T>,
    { isRepeatable = false }: { isRepeatable?: boolean } = {},
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Auth0UnavailableError(operation)), this.timeoutMs);
    });
    return Promise.race([this.twice(work, isRepeatable), tooLong]).finally(() => clearTimeout(timer));
  }

  private async twice<T>(work: () => Promise<T>, isRepeatable: boolean): Promise<T> {
    const deadline = this.ticks() + this.timeoutMs;
    try {
      return await work();
    } catch (error) {
      if (error instanceof RateLimitedError) await this.waitFor(error, deadline);
      else if (!(isRepeatable && error instanceof LostConnection)) throw error;
      return work();
    }
  }

  private async waitFor(error: RateLimitedError, deadline: number): Promise<void> {
    const waitMs = Math.max(
      SHORTEST_RETRY_MS,
      error instanceof RateLimit ? error.waitMs : error.retryAfterSeconds * 1000,
    );
    if (waitMs > LONGEST_RETRY_MS || this.ticks() + waitMs >= deadline) throw error;
    await this.wait(waitMs * (1 + Math.random() * SPREAD));
  }
}

/** RFC 9110 section 10.2.3: seconds or a date; else Auth0's own header, UNIX seconds. Milliseconds. */
export function retryAfter(headers: Headers): number {
  const reset = headers.get('x-ratelimit-reset');
  const candidates = [
    retryAfterMs(headers, Date.now()) ?? Number.NaN,
    reset === null ? Number.NaN : Number(reset) * 1000 - Date.now(),
  ];
  const waitMs = candidates.find((candidate) => Number.isFinite(candidate)) ?? DEFAULT_RETRY_MS;
  return Math.min(Math.max(SHORTEST_RETRY_MS, waitMs), LONGEST_TOLD_MS);
}
