import type { DataSource } from 'typeorm';

export type Value = string | number | boolean | null;

/** The columns of one row in the order of the statement: an object with names costs up to twice the query itself. */
export type Row = readonly (string | number | null)[];

export interface BetterSqlite {
  prepare(sql: string): {
    raw(): {
      all(...parameters: readonly Value[]): Row[];
      get(...parameters: readonly Value[]): Row | undefined;
    };
    run(...parameters: readonly Value[]): { changes: number };
  };
}

export interface PgResult {
  rows: Row[];
  rowCount: number | null;
}

export interface PgPool {
  on(event: 'connect', listener: (client: { on(event: 'error', listener: () => void): void }) => void): void;
  query(query: { name?: string; text: string; values: readonly Value[]; rowMode: 'array' }): Promise<PgResult>;
}

export interface MysqlPool {
  execute<Result>(
    query: { sql: string; rowsAsArray: true },
    values: readonly Value[],
    done: (error: Error | null, result: Result) => void,
  ): void;
}

/** What the library knows of a driver: its own connection or pool where it has prepared statements for it. */
interface Driver {
  readonly sqlite?: BetterSqlite;
  readonly postgres?: PgPool;
  readonly mysql?: MysqlPool;
  /** A parameter is `$1` to it and not `?`. */
  readonly numbersParameters?: boolean;
}

const surviving = new WeakSet<PgPool>();

/**
 * PostgreSQL may end a connection in the same breath in which it was made. TypeORM listens for errors a moment later, and an
 * error that nobody listens for ends the process. The pool drops such a connection by itself.
 */
function survivingErrors(pool: PgPool): PgPool {
  if (surviving.has(pool)) return pool;
  surviving.add(pool);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** As the data source has it now. */
export function driverOf({ driver, options }: DataSource): Driver {
  const known = driver as unknown as { databaseConnection: BetterSqlite; master: PgPool; pool?: MysqlPool };
  switch (options.type) {
    case 'better-sqlite3':
      return { sqlite: known.databaseConnection };
    case 'postgres':
      return { postgres: known.master && survivingErrors(known.master) };
    case 'mysql':
    case 'mariadb':
      // A replication cluster has no pool: TypeORM knows which member to ask. That of the package mysql prepares nothing.
      return typeof known.pool?.execute === 'function' ? { mysql: known.pool } : {};
    case 'cockroachdb':
      return { numbersParameters: true };
    default:
      return {};
  }
}
