import { describe, expect, it } from 'vitest';
import { isLike, mergePatch } from './json-documents.js';

describe('a JSON Merge Patch', () => {
  // The test cases of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('makes of %j by %j: %j', (document, patch, expected) => {
    expect(mergePatch(document, patch)).toEqual(expected);
  });

  it('changes no prototype', () => {
    const merged = mergePatch({}, JSON.parse('{ "__proto__": { "isAdmin": true } }') as unknown);
    expect(merged).not.toHaveProperty('isAdmin');
    expect({}).not.toHaveProperty('isAdmin');
  });
});

describe('a pattern', () => {
  it.each([
    [{ a: 1, b: { c: [1], d: 2 } }, { b: { c: [1] } }, true],
    [{ a: 1 }, {}, true],
    [{ a: 1 }, { a: '1' }, false],
    [{ a: [1, 2] }, { a: [1] }, false],
    [{ a: 1 }, { b: undefined }, false],
    ['text', { length: 4 }, false],
    [undefined, { a: 1 }, false],
    [{}, { toString: {} }, false],
  ])('of %j is %j: %s', (value, pattern, expected) => {
    expect(isLike(value, pattern)).toBe(expected);
  });
});
