import { describe, expect, it } from 'vitest';
import { idTokenToKeep } from './id-token-hint.js';

describe('the ID token that is kept for the logout', () => {
  it('is the one that came, as long as it fits an address', () => {
    expect(idTokenToKeep('a'.repeat(8192))).toBe('a'.repeat(8192));
    expect(idTokenToKeep('a'.repeat(8193))).toBeUndefined();
    expect(idTokenToKeep(undefined)).toBeUndefined();
  });
});
