import { Logger } from '@nestjs/common';
import { StorageUnavailableError } from '../../errors/index.js';
import { ONCE, OnceAMinute } from '../../shared/once-a-minute.js';
import { isDatabaseError, toStorageError } from './database-errors.js';

const logger = new Logger('Auth0Connect');

/**
 * A store whose methods throw errors of ours where the database's would hold the statement and its parameters. Made once:
 * a call costs no more than a function around it.
 *
 * @param saying of all stores on one data source: each request meets the same
 */
export function guarded<Store extends object>(store: Store, saying: OnceAMinute): Store {
  const outside = Object.create(store) as Record<string, unknown>;
  const rethrow = (error: unknown): never => tell(error, saying);
  for (const name of methodsOf(store)) outside[name] = guardedMethod(store, name, rethrow);
  return outside as Store;
}

function guardedMethod(
  store: object,
  name: string,
  rethrow: (error: unknown) => never,
): (...given: unknown[]) => unknown {
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

function tell(error: unknown, saying: OnceAMinute): never {
  if (!isDatabaseError(error)) throw error;
  const told = toStorageError(error);
  const { message: reason } = told.cause as Error;
  // Outages are one subject, whatever a driver calls them; each refusal is a mistake of its own.
  if (told instanceof StorageUnavailableError) {
    if (saying.isDue(told.code)) logger.warn(`${told.code}: The database does not answer: ${reason}. ${ONCE}`);
  } else if (saying.isDue(`${told.code} ${reason}`)) {
    logger.error(`${told.code}: The database refused a statement: ${reason}. See docs/migrations.md. ${ONCE}`);
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
