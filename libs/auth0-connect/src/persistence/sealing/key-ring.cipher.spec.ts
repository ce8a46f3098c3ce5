import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableValueError, type SealedPlace } from '../../ports/token-cipher.js';
import { KeyRingCipher } from './key-ring.cipher.js';

const SECRET = 'the first secret, long enough to be one';
const OTHER = 'the other secret, long enough to be one';
const ring = new KeyRingCipher([SECRET]);
const place = fc.record({ table: fc.string(), column: fc.string(), row: fc.string() });

function sealedIn(anyPlace: SealedPlace, text: string): string {
  return ring.seal(text, anyPlace);
}

describe('the key ring', () => {
  it('opens what it has sealed, whatever the text and the place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), place, (text, where) => {
        expect(ring.open(sealedIn(where, text), where)).toBe(text);
      }),
    );
  });

  it('opens nothing in another place', () => {
    fc.assert(
      fc.property(fc.string(), place, place, (text, here, there) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there));
        // A place with NUL in it could be written as another one; no table, column or id has one.
        fc.pre(!Object.values({ ...here, ...there }).some((part) => part.includes('\0')));
        expect(() => ring.open(sealedIn(here, text), there)).toThrow(UnreadableValueError);
      }),
    );
  });

  it('opens nothing after any one character has been changed, added or taken away', () => {
    const here = { table: 'sessions', column: 'refresh_token', row: 'a' };
    const edit = fc.record({ at: fc.nat(), character: fc.string({ minLength: 1, maxLength: 1 }), remove: fc.nat(1) });
    fc.assert(
      fc.property(fc.string(), edit, (text, { at, character, remove }) => {
        const sealed = sealedIn(here, text);
        const index = at % (sealed.length + 1);
        const changed = sealed.slice(0, index) + character + sealed.slice(index + remove);
        fc.pre(changed !== sealed);
        expect(() => ring.open(changed, here)).toThrow(UnreadableValueError);
      }),
      { numRuns: 1000 },
    );
  });

  it('answers any text at all with one kind of error', () => {
    const here = { table: 't', column: 'c', row: 'r' };
    const [version = '', keyId = ''] = sealedIn(here, '').split('.');
    const envelopes = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map((payload) => `${version}.${keyId}.${payload}`),
      fc.array(fc.string(), { maxLength: 6 }).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(envelopes, (sealed) => {
        expect(() => ring.open(sealed, here)).toThrow(UnreadableValueError);
      }),
      { numRuns: 1000 },
    );
  });

  it('never says what it could not open', () => {
    const here = { table: 't', column: 'c', row: 'r' };
    const error = (() => {
      try {
        return ring.open('v1.unknown.c2VjcmV0', here);
      } catch (caught) {
        return caught;
      }
    })();
    expect(String(error)).not.toContain('c2VjcmV0');
  });

  it('opens with every secret and seals with the first', () => {
    const here = { table: 't', column: 'c', row: 'r' };
    const rotated = new KeyRingCipher([OTHER, SECRET]);
    const old = sealedIn(here, 'text');
    expect(rotated.open(old, here)).toBe('text');
    expect(rotated.isCurrent(old)).toBe(false);

    const fresh = rotated.seal('text', here);

    expect(rotated.isCurrent(fresh)).toBe(true);
    expect(() => ring.open(fresh, here)).toThrow(/secret that is not configured/);
  });

  it('seals the same text differently each time', () => {
    const here = { table: 't', column: 'c', row: 'r' };
    expect(sealedIn(here, 'text')).not.toBe(sealedIn(here, 'text'));
  });
});
