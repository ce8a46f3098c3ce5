import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEASE_MS, whileRenewing } from './lease.js';

/** Goes on until it is told to finish. */
function longWork(): { work: Promise<string>; finish: (answer: string) => void } {
  const resolvers: ((answer: string) => void)[] = [];
  const work = new Promise<string>((resolve) => resolvers.push(resolve));
  return { work, finish: (answer) => resolvers.forEach((resolve) => resolve(answer)) };
}

describe('a lease', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is renewed in time for as long as the work goes on, and not after it', async () => {
    const renewedAt: number[] = [];
    const startedAt = Date.now();
    const { work, finish } = longWork();
    const holding = whileRenewing(
      async () => void renewedAt.push(Date.now() - startedAt),
      () => work,
    );

    await vi.advanceTimersByTimeAsync(3 * LEASE_MS);
    finish('answer');
    expect(await holding).toBe('answer');
    const renewals = renewedAt.length;
    await vi.advanceTimersByTimeAsync(3 * LEASE_MS);

    const gaps = renewedAt.map((time, index) => time - (renewedAt[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(LEASE_MS);
    expect(renewals).toBeGreaterThan(3);
    expect(renewedAt).toHaveLength(renewals);
  });

  it('does not end the work when it cannot be renewed', async () => {
    const { work, finish } = longWork();
    const holding = whileRenewing(
      () => Promise.reject(new Error('connection reset')),
      () => work,
    );
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    finish('answer');
    expect(await holding).toBe('answer');
  });
});
