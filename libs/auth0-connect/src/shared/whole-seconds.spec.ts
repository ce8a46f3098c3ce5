import { describe, expect, it } from 'vitest';
import { wholeSeconds } from './whole-seconds.js';

describe('seconds from outside', () => {
  it.each([
    [0, 0],
    [0.9, 0],
    [3600, 3600],
    [1.5, 1],
    [253_402_300_799, 253_402_300_799],
  ])('%s are %s', (value, seconds) => expect(wholeSeconds(value)).toBe(seconds));

  it.each([-1, -0.1, 1e17, 1e300, Infinity, -Infinity, Number.NaN, '3600', null, undefined, [3600], {}])(
    '%o are none',
    (value) => expect(wholeSeconds(value)).toBeUndefined(),
  );

  it('give a date that exists and a number that a database takes', () => {
    const milliseconds = 253_402_300_799 * 1000;
    expect(new Date(milliseconds).toISOString()).toBe('9999-12-31T23:59:59.000Z');
    expect(Number.isSafeInteger(milliseconds)).toBe(true);
  });
});
