import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whileRenewing } from './lease.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a lease that is renewed', () => {
  it.each([
    ['stands still', () => 1_000],
    [
      'is set back',
      (
        (time) => () =>
          (time -= 60_000)
      )(1_000_000),
    ],
    [
      'goes on',
      (
        (time) => () =>
          (time += 1_500)
      )(1_000),
    ],
  ])('says something else in its row each time, also where the clock of its holder %s', async (_, now) => {
    const said: number[] = [];
    await whileRenewing(
      (leaseExpiresAt) => Promise.resolve(said.push(leaseExpiresAt)),
      now,
      () => vi.advanceTimersByTimeAsync(10_000),
    );
    expect(said.length).toBeGreaterThan(5);
    expect(said).toEqual([...new Set(said)].toSorted((a, b) => a - b));
  });
});
