import { inspect } from 'node:util';

/**
 * Keeps what is inside an object out of logs: `console.log` and `JSON.stringify` get what is to be shown in its place.
 * A copy by spreading does not have it.
 */
export function hideFromLogs<T extends object>(object: T, shown: Readonly<Record<string, unknown>> = {}): T {
  return Object.defineProperties(object, {
    [inspect.custom]: { value: () => shown },
    toJSON: { value: () => shown },
  });
}
