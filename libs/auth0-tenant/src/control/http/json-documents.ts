import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../values.js';

/** A document changed by a JSON Merge Patch: members replaced, `null` removes one. @see RFC 7396 */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const members = new Map(Object.entries(isRecord(document) ? document : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  return Object.fromEntries(members);
}

/** Whether a value has every member of a pattern, and the same; objects may have more. */
export function isLike(value: unknown, pattern: unknown): boolean {
  if (!isRecord(pattern)) return isDeepStrictEqual(value, pattern);
  return (
    isRecord(value) &&
    Object.entries(pattern).every(([name, wanted]) => Object.hasOwn(value, name) && isLike(value[name], wanted))
  );
}
