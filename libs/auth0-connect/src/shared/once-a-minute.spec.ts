import { expect, it } from 'vitest';
import { OnceAMinute } from './once-a-minute.js';

it('lets each subject be said once a minute', () => {
  let now = 0;
  const log = new OnceAMinute(() => now);
  expect([log.isDue('a'), log.isDue('a'), log.isDue('b')]).toEqual([true, false, true]);
  now = 59_999;
  expect([log.isDue('a'), log.isDue('b')]).toEqual([false, false]);
  now = 60_000;
  expect([log.isDue('a'), log.isDue('a')]).toEqual([true, false]);
});

it('forgets what it has said when there is too much, and says it again', () => {
  const log = new OnceAMinute(() => 0);
  for (let count = 0; count < 1000; count += 1) log.isDue(`subject ${count}`);
  expect(log.isDue('subject 999')).toBe(false);
  expect(log.isDue('subject 0')).toBe(true);
});
