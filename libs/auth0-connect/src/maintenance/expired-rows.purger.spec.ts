import { expect, it } from 'vitest';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { Hooks } from '../events/hooks.js';
import { ExpiredRowsPurger } from './expired-rows.purger.js';

it('removes nothing that lives by the clock of another process, which is up to an hour behind', async () => {
  const HOUR_MS = 3_600_000;
  const now = 1_000 * HOUR_MS; // here
  const behind = now - HOUR_MS; // there
  const asked: number[] = [];
  const rows = { purgeBatch: async (until: number) => (asked.push(until) < 3 ? 1 : 0) };
  const purger = new ExpiredRowsPurger(
    rows,
    { purgeIntervalMs: undefined } as ResolvedOptions,
    { now: () => now },
    new Hooks({ instance: 'default' }),
  );
  expect(await purger.purge()).toBe(2);
  expect(asked).toEqual([behind, behind, behind]);
});
