import { describe, expect, it } from 'vitest';
import { isLoopback } from './loopback.js';

describe('a loopback address', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])('is %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '192.168.0.1',
    '::',
    '0.0.0.0',
    '::ffff:10.0.0.1',
    'fe80::1',
    '127.0.0.1.example.com',
    '',
    undefined,
  ])('is not %s', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});
