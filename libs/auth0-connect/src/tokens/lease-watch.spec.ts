import { describe, expect, it } from 'vitest';
import { LeaseWatch } from './lease-watch.js';
import type { HeldLease } from './ports.js';

const leaseOf = (owner: string): HeldLease => ({ owner, lease: `lease of ${owner}` });

function world() {
  const held = new Set<string>();
  const looks: string[][] = [];
  const pauses: (() => void)[] = [];
  const database = {
    isDown: false,
    heldAmong: async (leases: readonly HeldLease[]) => {
      looks.push(leases.map(({ owner }) => owner));
      if (database.isDown) throw new Error('the database is down');
      return held;
    },
  };
  const pause = () => new Promise<void>((resolve) => pauses.push(resolve));
  const watch = new LeaseWatch(database, { now: () => 0 }, pause);
  const tick = async (): Promise<void> => {
    pauses.shift()?.();
    await new Promise(setImmediate);
  };
  const over: string[] = [];
  const wait = (owner: string): Promise<void> => {
    held.add(leaseOf(owner).lease);
    return watch.untilOver(leaseOf(owner)).then(() => void over.push(owner));
  };
  const end = (owner: string): unknown => held.delete(leaseOf(owner).lease);
  return { database, looks, over, tick, wait, end };
}

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

  it('tells all who wait that the database fails, and goes on for those who come later', async () => {
    const { database, over, tick, wait, end } = world();
    const waiting = [wait('Ann'), wait('Bob')].map((promise) => expect(promise).rejects.toThrow('is down'));
    database.isDown = true;
    await tick();
    await Promise.all(waiting);

    database.isDown = false;
    void wait('Cem');
    end('Cem');
    await tick();
    expect(over).toEqual(['Cem']);
  });
});
