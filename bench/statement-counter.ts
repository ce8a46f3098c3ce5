import Sqlite from 'better-sqlite3';
import { Client } from 'pg';

type Method = (...args: unknown[]) => unknown;

let statements = 0;

/** Counts what reaches the drivers, whoever sends it. */
export function countStatements(): void {
  const database = new Sqlite(':memory:');
  wrap(Object.getPrototypeOf(database.prepare('SELECT 1')) as object, ['run', 'get', 'all', 'iterate']);
  database.close();
  wrap(Client.prototype, ['query']);
}

export function statementCount(): number {
  return statements;
}

function wrap(prototype: object, names: string[]): void {
  const methods = prototype as Record<string, Method>;
  for (const name of names) {
    const original = methods[name];
    if (!original) throw new Error(`the driver has no ${name}()`);
    methods[name] = function counted(this: unknown, ...args: unknown[]): unknown {
      statements += 1;
      return original.apply(this, args);
    };
  }
}
