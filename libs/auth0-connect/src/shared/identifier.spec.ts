import { describe, expect, it } from 'vitest';
import { isIdentifier } from './identifier.js';

describe('an identifier from outside', () => {
  it.each(['auth0|5f7c', 'google-oauth2|1', 'Łukasz 🙂', 'a'.repeat(255)])('may be %s', (value) => {
    expect(isIdentifier(value)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['longer than what is kept', 'a'.repeat(256)],
    ['one with a NUL', 'auth0|a\u0000b'],
    ['one with a line break', 'auth0|a\nb'],
    ['a number', 7],
    ['a list', ['auth0|a']],
    ['not there', undefined],
  ])('is never %s', (_what, value) => expect(isIdentifier(value)).toBe(false));
});
