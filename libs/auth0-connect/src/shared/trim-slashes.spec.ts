import { describe, expect, it } from 'vitest';
import { trimSlashes, withoutTrailingSlashes } from './trim-slashes.js';

describe('slashes around a path', () => {
  it.each([
    ['', '', ''],
    ['/', '', ''],
    ['///', '', ''],
    ['/a/b/', '/a/b', 'a/b'],
    ['//a//b//', '//a//b', 'a//b'],
    ['https://app.example.com/', 'https://app.example.com', 'https://app.example.com'],
  ])('%s is %s without those at the end, and %s without any', (text, end, both) => {
    expect([withoutTrailingSlashes(text), trimSlashes(text)]).toEqual([end, both]);
  });

  it('are taken off in a time that grows with their number alone', () => {
    const long = `${'/'.repeat(500_000)}a`.repeat(2);
    expect(withoutTrailingSlashes(long)).toBe(long);
    expect(trimSlashes(`${long}/`)).toHaveLength(500_002);
  });
});
