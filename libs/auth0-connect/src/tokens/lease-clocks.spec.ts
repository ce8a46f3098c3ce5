import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExchangeCoordinator, type ObtainedToken } from './exchange-coordinator.js';
import { LEASE_MS, type HeldLease, type SeenLease } from './lease.js';
import type { StoredToken, TokenKey, TokenState, TokenStore } from './ports.js';

const KEY: TokenKey = { owner: 'session', id: 'google', userKey: 'alice', sessionId: 'session' };
const HOUR_MS = 3_600_000;
const DEADLINE_MS = 60_000;

/** A clock as a machine may have it: off by hours, set anew at any time, or standing still. */
interface WrongClock {
  readonly offMs: number;
  /** From `at` on, by true time, it is off by so much more; or stands still. */
  readonly changes: readonly { readonly at: number; readonly jumpMs: number | 'stops' }[];
}

const wrongClocks = fc.record({
  offMs: fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
  changes: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 20_000 }),
      jumpMs: fc.oneof(fc.integer({ min: -HOUR_MS, max: HOUR_MS }), fc.constant('stops' as const)),
    }),
    { maxLength: 3 },
  ),
});

function read({ offMs, changes }: WrongClock, trueTime: number): number {
  let time = trueTime;
  let off = offMs;
  for (const { at, jumpMs } of changes.toSorted((a, b) => a.at - b.at)) {
    if (at > trueTime) break;
    if (jumpMs === 'stops') time = Math.min(time, at);
    else off += jumpMs;
  }
  return time + off;
}

/** One row that all processes share. Each statement takes a while, and is atomic. */
class SlowRow {
  state: TokenState | undefined;

  constructor(private readonly latencyMs: () => number) {}

  /** A process' way to it. One that has died sends nothing any more, and hears nothing. */
  of(isDead: () => boolean): TokenStore {
    const statement = async <T>(run: () => T): Promise<T> => {
      await pause(this.latencyMs());
      if (isDead()) return new Promise<never>(() => undefined);
      return run();
    };
    const asHolder = (lease: string, change: (state: TokenState) => TokenState): Promise<boolean> =>
      statement(() => {
        if (this.state?.lease !== lease) return false;
        this.state = change(this.state);
        return true;
      });
    return {
      find: () => statement(() => this.state),
      claim: (_key: TokenKey, lease: SeenLease, abandoned?: SeenLease) =>
        statement(() => {
          const { lease: holder, leaseExpiresAt } = this.state ?? {};
          const isLeft = abandoned?.lease === holder && abandoned?.leaseExpiresAt === leaseExpiresAt;
          if (holder === undefined || isLeft) this.state = { ...this.state, ...lease };
          return this.state;
        }),
      heldAmong: (leases: readonly HeldLease[]) =>
        statement(() => {
          const { lease, leaseExpiresAt = 0 } = this.state ?? {};
          return new Map(leases.filter((one) => one.lease === lease).map((one) => [one.lease, leaseExpiresAt]));
        }),
      renew: (_key, { lease, leaseExpiresAt }) => asHolder(lease, (state) => ({ ...state, leaseExpiresAt })),
      complete: (_key, lease, token) => asHolder(lease, (state) => ({ token: token ?? state.token })),
      fail: async (_key, lease, failure) =>
        void (await asHolder(lease, ({ token }) => ({ token, failure: { lease, failure } }))),
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tokenOf(accessToken: string): StoredToken {
  return { accessToken, scopes: undefined, obtainedAt: 0, expiresAt: 1 };
}

const scenarios = fc.record({
  clocks: fc.array(wrongClocks, { minLength: 2, maxLength: 4 }),
  /** A monotonic clock begins anywhere. */
  ticksFrom: fc.integer({ min: 0, max: HOUR_MS }),
  workMs: fc.integer({ min: 1, max: 15_000 }),
  latencies: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 }),
});

/** @param diesAfterMs of its work, the first one to do any */
async function outcomeOf(
  { clocks, ticksFrom, workMs, latencies }: typeof scenarios extends fc.Arbitrary<infer S> ? S : never,
  diesAfterMs?: number,
) {
  let trueTime = 0;
  let statements = 0;
  const row = new SlowRow(() => latencies[statements++ % latencies.length] ?? 0);
  const seen = {
    calls: 0,
    running: 0,
    mostAtOnce: 0,
    answers: new Map<number, string>(),
    lastAnswerAt: 0,
    diedAt: 0,
  };
  const asked = clocks.map((clock, index) => {
    let isDead = false;
    const coordinator = new ExchangeCoordinator(
      row.of(() => isDead),
      {
        clock: { now: () => read(clock, trueTime) },
        ticks: () => trueTime + ticksFrom * (index + 1),
        longestWaitMs: DEADLINE_MS,
        wait: pause,
      },
    );
    const exchange = async (): Promise<ObtainedToken> => {
      seen.calls += 1;
      const call = seen.calls;
      seen.running += 1;
      seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.running);
      if (call === 1 && diesAfterMs !== undefined) {
        await pause(diesAfterMs);
        isDead = true;
        seen.running -= 1;
        seen.diedAt = trueTime;
        return new Promise<never>(() => undefined);
      }
      await pause(workMs);
      seen.running -= 1;
      return { token: tokenOf(`token ${call}`), keep: true };
    };
    const ask = async (): Promise<void> => {
      const { accessToken } = await coordinator.obtain(KEY, () => true, exchange);
      seen.answers.set(index, accessToken);
      seen.lastAnswerAt = trueTime;
    };
    return ask();
  });
  void Promise.allSettled(asked);
  for (const step = 50; trueTime < DEADLINE_MS; trueTime += step) await vi.advanceTimersByTimeAsync(step);
  return seen;
}

describe('a lease among processes whose clocks differ, jump and stand still', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('is held by one at a time, who does the work once for all of them', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { calls, mostAtOnce, answers } = await outcomeOf(scenario);
        expect({ calls, mostAtOnce }).toEqual({ calls: 1, mostAtOnce: 1 });
        expect([...answers.values()]).toEqual(scenario.clocks.map(() => 'token 1'));
      }),
      { numRuns: 25 },
    );
  });

  it('that a dead process has left is taken over within seconds, by one', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, fc.integer({ min: 1, max: 10_000 }), async (scenario, diesAfterMs) => {
        const { calls, mostAtOnce, answers, lastAnswerAt, diedAt } = await outcomeOf(scenario, diesAfterMs);
        expect({ calls, mostAtOnce }).toEqual({ calls: 2, mostAtOnce: 1 });
        expect([...answers.values()]).toEqual(scenario.clocks.slice(1).map(() => 'token 2'));
        // Its length, a look before and one after, and the statements around them.
        expect(lastAnswerAt - diedAt).toBeLessThan(LEASE_MS + 4_000 + scenario.workMs);
      }),
      { numRuns: 25 },
    );
  });
});
