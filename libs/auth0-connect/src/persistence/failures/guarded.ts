import { Logger } from '@nestjs/common';
import { StorageUnavailableError } from '../../errors/index.js';
import { isDatabaseError, toStorageError } from './database-errors.js';

/** An outage is said once in so long: every request meets it. */
const SAY_AGAIN_AFTER_MS = 60_000;

const logger = new Logger('Auth0Connect');
let saidAt = Number.NEGATIVE_INFINITY;

/**
 * A store whose methods throw errors of ours where the database's would hold the statement and its parameters. Made once:
 * a call costs no more than a function around it.
 */
export function guarded<Store extends object>(store: Store): Store {
  const outside = Object.create(store) as Record<string, unknown>;
  for (const name of methodsOf(store)) outside[name] = guardedMethod(store, name);
  return outside as Store;
}

function guardedMethod(store: object, name: string): (...given: unknown[]) => unknown {
  const method = (store as Record<string, (...given: unknown[]) => unknown>)[name]!;
  return (...given) => {
    try {
      const result = method.apply(store, given);
      return result instanceof Promise ? result.catch(rethrow) : result;
    } catch (error) {
      return rethrow(error);
    }
  };
}

function rethrow(error: unknown): never {
  if (!isDatabaseError(error)) throw error;
  const told = toStorageError(error);
  const { cause } = told as { cause?: Error };
  if (!(told instanceof StorageUnavailableError)) {
    logger.error(`The database refused a statement: ${cause?.message}`);
  } else if (performance.now() - saidAt > SAY_AGAIN_AFTER_MS) {
    saidAt = performance.now();
    logger.warn(`The database does not answer: ${cause?.message}. This is said once a minute`);
  }
  throw told;
}

function methodsOf(store: object): string[] {
  const names = new Set<string>();
  for (
    let type = Object.getPrototypeOf(store) as object;
    type !== Object.prototype;
    type = Object.getPrototypeOf(type)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}
