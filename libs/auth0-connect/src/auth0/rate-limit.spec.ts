import { describe, expect, it } from 'vitest';
import { Auth0UnavailableError, RateLimitedError } from '../errors/index.js';
import { LostConnection } from './lost-connection.js';
import { Patience, RateLimit, retryAfter } from './rate-limit.js';

/** Calls that end in these errors, one after the other, and then in an answer. */
async function outcomeOf(errors: Error[], options: { isRepeatable?: boolean } = {}) {
  const waits: number[] = [];
  const left = [...errors];
  let calls = 0;
  const patience = new Patience(
    10_000,
    async (ms) => void waits.push(ms),
    () => 0,
  );
  const work = async (): Promise<string> => {
    calls += 1;
    const error = left.shift();
    if (error) throw error;
    return 'answer';
  };
  const result = await patience.with('refresh', work, options).catch((error: unknown) => error);
  return { result, calls, waits };
}

const limited = (ms: number): RateLimit => new RateLimit('refresh', ms);
const lost = (): LostConnection => new LostConnection('refresh', new Error('ECONNRESET'));

describe('a call that meets a rate limit', () => {
  it('is made once more, after the time that Auth0 asks for', async () => {
    const { result, calls, waits } = await outcomeOf([limited(2000)]);
    expect([result, calls]).toEqual(['answer', 2]);
    expect(waits).toEqual([expect.toSatisfy((ms: number) => ms >= 2000 && ms <= 2400)]);
  });

  it('is made no third time', async () => {
    const { result, calls } = await outcomeOf([limited(100), limited(100)]);
    expect(result).toBeInstanceOf(RateLimitedError);
    expect(calls).toBe(2);
  });

  it.each([5001, 60_000])('is not made again where Auth0 asks for %i ms', async (ms) => {
    const { result, calls, waits } = await outcomeOf([limited(ms)]);
    expect(result).toMatchObject({ code: 'rate_limited', retryAfterSeconds: Math.ceil(ms / 1000) });
    expect([calls, waits]).toEqual([1, []]);
  });

  it('does not come back at once, whatever Auth0 says', async () => {
    expect((await outcomeOf([limited(0)])).waits[0]).toBeGreaterThanOrEqual(50);
  });
});

describe('a call whose connection turned out to be closed', () => {
  it('is made once more at once, if that does no harm', async () => {
    expect(await outcomeOf([lost()], { isRepeatable: true })).toEqual({ result: 'answer', calls: 2, waits: [] });
  });

  it('is made no third time, nor after a wait for a limit', async () => {
    for (const errors of [
      [lost(), lost()],
      [limited(100), lost()],
      [lost(), limited(100)],
    ]) {
      const { result, calls } = await outcomeOf(errors, { isRepeatable: true });
      expect([result instanceof Error, calls]).toEqual([true, 2]);
    }
  });

  it('is an outage where Auth0 may have carried it out', async () => {
    const { result, calls } = await outcomeOf([lost()]);
    expect(result).toBeInstanceOf(Auth0UnavailableError);
    expect(calls).toBe(1);
  });
});

describe('Retry-After', () => {
  it.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0' }, 50],
    [{ 'retry-after': '9'.repeat(400) }, 1000],
    [{ 'retry-after': '999999999999' }, 86_400_000],
    [{ 'retry-after': 'soon' }, 1000],
    [{}, 1000],
  ])('%j is %i ms', (headers, ms) => expect(retryAfter(new Headers(headers as HeadersInit))).toBe(ms));
});
