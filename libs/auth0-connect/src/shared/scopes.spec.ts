import { describe, expect, it } from 'vitest';
import { parseScopes, toldScopes } from './scopes.js';

describe('scopes in one text', () => {
  it.each([
    ['spaces', 'read:user repo'],
    ['commas', 'read:user,repo'],
    ['commas and spaces', 'read:user, repo'],
    ['semicolons', 'read:user;repo'],
    ['line breaks and tabs', 'read:user\r\n\trepo'],
    ['too many of them', '  read:user   repo , '],
    ['repetitions', 'read:user repo read:user'],
  ])('may be separated by %s', (_by, text) => expect(parseScopes(text)).toEqual(['read:user', 'repo']));

  it('are not told where there is no text: then they are as asked', () => {
    expect(toldScopes(undefined)).toBeUndefined();
  });

  it.each(['', ' ', ',', ' ; \n'])('are told to be none by %o', (text) => {
    expect(toldScopes(text)).toEqual([]);
  });

  it('that are none by their characters count as not there', () => {
    expect(toldScopes('repo a\u0000b "quoted" back\\slash ümlaut')).toEqual(['repo']);
    expect(toldScopes('a\u0000b')).toEqual([]);
  });

  it('may be many', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `scope:${index}`);
    expect(toldScopes(many.join(' '))).toEqual(many);
  });

  it('are taken apart in a time that grows with the text alone', () => {
    expect(parseScopes(' ,;'.repeat(300_000))).toEqual([]);
  });
});
