import { describe, expect, it } from 'vitest';
import { UnreadableValueError, type SealedPlace, type TokenCipher } from '../../ports/token-cipher.js';
import { OpenedValues } from './opened-values.js';
import { SealedColumns } from './sealed-columns.js';

const place = (row: string): SealedPlace => ({ table: 'connection_tokens', column: 'access_token', row });

/** Opens what was sealed for the same row, and counts. */
function counting(answer: <T>(value: T) => T | Promise<T>) {
  const asked: string[] = [];
  const cipher: TokenCipher = {
    seal: (plaintext, { row }) => `${row}|${plaintext}`,
    open: (sealed, where) => {
      const { row } = where;
      asked.push(sealed);
      const [of, plaintext = ''] = sealed.split('|');
      if (of !== row) throw new UnreadableValueError(where, 'it was moved');
      return answer(plaintext);
    },
  };
  return { asked, tokens: new OpenedValues(new SealedColumns(cipher)) };
}

describe.each([
  ['by a key at hand', <T>(value: T): T => value],
  ['by a service elsewhere', <T>(value: T): Promise<T> => Promise.resolve(value)],
])('a token that is opened %s', (_, answer) => {
  it('is opened once while its row says the same', async () => {
    const { asked, tokens } = counting(answer);
    expect(await tokens.open('a|first', place('a'))).toBe('first');
    expect(await tokens.open('a|first', place('a'))).toBe('first');
    expect(asked).toEqual(['a|first']);
  });

  it('is opened again when its row says something else', async () => {
    const { asked, tokens } = counting(answer);
    for (const sealed of ['a|first', 'a|second', 'a|first']) await tokens.open(sealed, place('a'));
    expect(asked).toEqual(['a|first', 'a|second', 'a|first']);
  });

  it('is not to be had for the row of somebody else', async () => {
    const { tokens } = counting(answer);
    await tokens.open('a|first', place('a'));
    expect(await tokens.open('a|first', place('b'))).toBeUndefined();
  });
});
