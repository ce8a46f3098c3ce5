import type { DataSource } from 'typeorm';
import { digest } from '../../shared/digest.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';

export type Value = string | number | boolean | null;

/** The columns of one row in the order of the statement: an object with names costs up to twice the query itself. */
export type Row = readonly (string | number | null)[];

/** A SELECT that the database plans once. */
export type PreparedQuery = (parameters: readonly string[]) => MaybePromise<readonly Row[]>;

/** A statement that changes rows and that the database plans once. It gives their number. */
export type PreparedChange = (parameters: readonly Value[]) => MaybePromise<number>;

interface BetterSqlite {
  prepare(sql: string): {
    raw(): {
      all(...parameters: readonly string[]): Row[];
      get(...parameters: readonly string[]): Row | undefined;
    };
    run(...parameters: readonly Value[]): { changes: number };
  };
}

interface PgPool {
  query(query: {
    name: string;
    text: string;
    values: readonly Value[];
    rowMode: 'array';
  }): Promise<{ rows: Row[]; rowCount: number | null }>;
}

interface MysqlPool {
  execute<Result>(
    query: { sql: string; rowsAsArray: true },
    values: readonly Value[],
    done: (error: Error | null, result: Result) => void,
  ): void;
}

/**
 * Prepares a SELECT with the driver itself. TypeORM has no way to name a statement, and what it does around each query
 * costs several times what the query does. With a driver that is not known here it goes by TypeORM.
 *
 * @param text with `?` for a parameter, whatever the database calls it
 * @param options.single the answer has one row at most
 */
export function prepareQuery(dataSource: DataSource, text: string, { single }: { single: boolean }): PreparedQuery {
  const { sqlite, postgres, mysql } = driversOf(dataSource);
  if (sqlite) {
    const statement = sqlite.prepare(text).raw();
    if (!single) return (parameters) => statement.all(...parameters);
    return (parameters) => {
      const row = statement.get(...parameters);
      return row ? [row] : [];
    };
  }
  if (postgres) {
    const query = namedQuery(text);
    return (values) => postgres.query({ ...query, values }).then(({ rows }) => rows);
  }
  if (mysql) return (values) => execute<Row[]>(mysql, text, values);
  const numbered = asTypeOrmSendsIt(dataSource, text);
  return (parameters) =>
    andThen(dataSource.query<Record<string, string | number | null>[]>(numbered, [...parameters]), (rows) =>
      rows.map((row) => Object.values(row)),
    );
}

/** Prepares an UPDATE or DELETE, as {@link prepareQuery} does a SELECT. */
export function prepareChange(dataSource: DataSource, text: string): PreparedChange {
  const { sqlite, postgres, mysql } = driversOf(dataSource);
  if (sqlite) {
    const statement = sqlite.prepare(text);
    return (parameters) => statement.run(...parameters).changes;
  }
  if (postgres) {
    const query = namedQuery(text);
    return (values) => postgres.query({ ...query, values }).then(({ rowCount }) => rowCount ?? 0);
  }
  if (mysql) {
    return (values) => execute<{ affectedRows: number }>(mysql, text, values).then(({ affectedRows }) => affectedRows);
  }
  const numbered = asTypeOrmSendsIt(dataSource, text);
  return async (parameters) => {
    const runner = dataSource.createQueryRunner();
    try {
      return (await runner.query(numbered, [...parameters], true)).affected ?? 0;
    } finally {
      await runner.release();
    }
  };
}

/** The driver's own connection or pool, where it is one that is known here. */
function driversOf({ driver, options }: DataSource): { sqlite?: BetterSqlite; postgres?: PgPool; mysql?: MysqlPool } {
  const known = driver as unknown as { databaseConnection: BetterSqlite; master: PgPool; pool?: MysqlPool };
  switch (options.type) {
    case 'better-sqlite3':
      return { sqlite: known.databaseConnection };
    case 'postgres':
      return { postgres: known.master };
    case 'mysql':
    case 'mariadb':
      return { mysql: known.pool }; // none for a replication cluster: TypeORM knows which member to ask
    default:
      return {};
  }
}

/** Each connection of PostgreSQL keeps the plan under the name. */
function namedQuery(text: string): { name: string; text: string; rowMode: 'array' } {
  return {
    name: `auth0_connect_${digest(text).slice(0, 16)}`,
    text: withNumberedParameters(text),
    rowMode: 'array',
  };
}

function execute<Result>(pool: MysqlPool, sql: string, values: readonly Value[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    pool.execute<Result>({ sql, rowsAsArray: true }, values, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
}

function asTypeOrmSendsIt({ options }: DataSource, text: string): string {
  return options.type === 'cockroachdb' ? withNumberedParameters(text) : text;
}

function withNumberedParameters(text: string): string {
  let count = 0;
  return text.replaceAll('?', () => `$${(count += 1)}`);
}
