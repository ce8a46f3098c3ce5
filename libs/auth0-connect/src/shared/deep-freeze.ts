/** Freezes a value and all that is in it: what several requests hold must not be changed by one of them. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
  return value;
}
