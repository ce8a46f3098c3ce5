import type { Database } from './database.js';
import { prepareQuery, type PreparedQuery } from './prepared-query.js';

/**
 * A statement for each set of tokens that is read along, which decorators name: there are not many. Only one parameter
 * differs from request to request: that is measurably faster than one for each token.
 */
export class PreparedBySlots {
  private readonly queries = new Map<string, PreparedQuery>();

  constructor(
    private readonly database: Database,
    private readonly build: (slots: readonly string[]) => string,
  ) {}

  of(slots: readonly string[]): PreparedQuery {
    const name = slots.length === 1 ? (slots[0] ?? '') : slots.join();
    let query = this.queries.get(name);
    if (query === undefined) {
      query = prepareQuery(this.database, this.build(slots), { single: slots.length <= 1 });
      this.queries.set(name, query);
    }
    return query;
  }
}

/** @throws TypeError for anything but a digest: nothing else is written into a statement */
export function literal(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new TypeError('a statement holds digests only');
  return `'${value}'`;
}
