import { afterEach, describe, expect, it, vi } from 'vitest';
import { LeaseWatch } from './lease-watch.js';
import { LEASE_MS, type HeldLease, type SeenLease } from './lease.js';

const leaseOf = (owner: string): HeldLease & SeenLease => ({ owner, lease: `lease of ${owner}`, leaseExpiresAt: 1 });

function world() {
  const held = new Map<string, number>();
  const clock = { ticks: 0 };
  const looks: string[][] = [];
  const pauses: (() => void)[] = [];
  const database = {
    state: 'up' as 'up' | 'down' | 'silent',
    heldAmong: async (leases: readonly HeldLease[]) => {
      looks.push(leases.map(({ owner }) => owner));
      if (database.state === 'down') throw new Error('the database is down');
      return database.state === 'silent' ? new Promise<never>(() => undefined) : held;
    },
  };
  const pausedMs: number[] = [];
  const pause = (ms: number) => {
    pausedMs.push(ms);
    return new Promise<void>((resolve) => pauses.push(resolve));
  };
  const watch = new LeaseWatch(database, pause, () => clock.ticks);
  const tick = async (): Promise<void> => {
    pauses.shift()?.();
    await new Promise(setImmediate);
  };
  const over: string[] = [];
  const left: SeenLease[] = [];
  const renew = (owner: string, leaseExpiresAt: number): unknown => held.set(leaseOf(owner).lease, leaseExpiresAt);
  const wait = async (owner: string): Promise<void> => {
    held.set(leaseOf(owner).lease, leaseOf(owner).leaseExpiresAt);
    const { abandoned } = await watch.untilReleased(leaseOf(owner));
    over.push(owner);
    if (abandoned) left.push(abandoned);
  };
  const end = (owner: string): unknown => held.delete(leaseOf(owner).lease);
  return { clock, database, looks, pausedMs, over, left, tick, wait, end, renew };
}

afterEach(() => void vi.useRealTimers());

describe('waiting for leases to be over', () => {
  it('takes one look for all who wait, whenever they came', async () => {
    const { looks, over, tick, wait, end } = world();
    void wait('Ann');
    void wait('Bob');
    await tick();
    void wait('Cem');
    end('Ann');
    await tick();
    end('Bob');
    end('Cem');
    await tick();

    expect(looks).toEqual([
      ['Ann', 'Bob'],
      ['Ann', 'Bob', 'Cem'],
      ['Bob', 'Cem'],
    ]);
    expect(over).toEqual(['Ann', 'Bob', 'Cem']);
  });

  it('asks the database nothing when nobody waits any more, and again for the next one', async () => {
    const { looks, over, tick, wait, end } = world();
    void wait('Ann');
    end('Ann');
    await tick();
    await tick();
    expect(looks).toHaveLength(1);

    void wait('Bob');
    end('Bob');
    await tick();
    expect(over).toEqual(['Ann', 'Bob']);
  });

  it('looks less often when nothing ends, and as often as before once something does', async () => {
    const { pausedMs, tick, wait, end } = world();
    void wait('Ann');
    void wait('Bob');
    for (let looks = 0; looks < 40; looks += 1) await tick();
    end('Ann');
    await tick();

    expect(pausedMs.slice(0, 35)).toEqual(Array.from({ length: 35 }, () => 30));
    expect(pausedMs.slice(35, 41)).toEqual([250, 250, 250, 250, 250, 250]);
    expect(pausedMs.at(-1)).toBe(30);
  });

  it('takes a lease for abandoned that has not been renewed for its length by the clock of who waits', async () => {
    const { clock, over, left, tick, wait, renew } = world();
    void wait('Ann');
    clock.ticks += LEASE_MS - 1;
    await tick();
    expect(over).toEqual([]);
    renew('Ann', -1_000_000); // by a clock that is far behind: all that counts is that it has moved
    await tick();
    clock.ticks += LEASE_MS - 1;
    await tick();
    expect(over).toEqual([]);
    clock.ticks += 1;
    await tick();
    expect(over).toEqual(['Ann']);
    expect(left).toEqual([{ lease: 'lease of Ann', leaseExpiresAt: -1_000_000 }]);
  });

  it('lets all who wait find out for themselves when the database fails, and goes on for those who come later', async () => {
    const { database, over, tick, wait, end } = world();
    void wait('Ann');
    void wait('Bob');
    database.state = 'down';
    await tick();
    expect(over).toEqual(['Ann', 'Bob']);

    database.state = 'up';
    void wait('Cem');
    end('Cem');
    await tick();
    expect(over).toEqual(['Ann', 'Bob', 'Cem']);
  });

  it('does so too when the database has not answered for as long as a lease lasts', async () => {
    const { database, over, tick, wait, end } = world();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    database.state = 'silent';
    void wait('Ann');
    await tick();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(over).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toEqual(['Ann']);

    database.state = 'up';
    void wait('Bob');
    end('Bob');
    await tick();
    expect(over).toEqual(['Ann', 'Bob']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
