import type { DataSource } from 'typeorm';
import { digest } from '../shared/digest.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';

/** The columns of one row in the order of the statement: an object with names costs up to twice the query itself. */
export type Row = readonly (string | number | null)[];

/** A statement that the database plans once. */
export type PreparedQuery = (parameters: readonly string[]) => MaybePromise<readonly Row[]>;

interface BetterSqlite {
  prepare(sql: string): {
    raw(): {
      all(...parameters: readonly string[]): Row[];
      get(...parameters: readonly string[]): Row | undefined;
    };
  };
}

interface PgPool {
  query(query: { name: string; text: string; values: readonly string[]; rowMode: 'array' }): Promise<{ rows: Row[] }>;
}

interface MysqlPool {
  execute(
    query: { sql: string; rowsAsArray: true },
    values: readonly string[],
    done: (error: Error | null, rows: Row[]) => void,
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
  const driver = dataSource.driver as unknown as Record<string, unknown>;
  switch (dataSource.options.type) {
    case 'better-sqlite3': {
      const statement = (driver.databaseConnection as BetterSqlite).prepare(text).raw();
      if (!single) return (parameters) => statement.all(...parameters);
      return (parameters) => {
        const row = statement.get(...parameters);
        return row ? [row] : [];
      };
    }
    case 'postgres': {
      const pool = driver.master as PgPool;
      // Each connection keeps the plan under the name.
      const name = `auth0_connect_${digest(text).slice(0, 16)}`;
      const numbered = withNumberedParameters(text);
      return (values) => pool.query({ name, text: numbered, values, rowMode: 'array' }).then(({ rows }) => rows);
    }
    case 'mysql':
    case 'mariadb': {
      const pool = driver.pool as MysqlPool | undefined;
      if (!pool) break; // a replication cluster: TypeORM knows which member to ask
      return (values) =>
        new Promise((resolve, reject) => {
          pool.execute({ sql: text, rowsAsArray: true }, values, (error, rows) =>
            error ? reject(error) : resolve(rows),
          );
        });
    }
    default:
  }
  const numbered = dataSource.options.type === 'cockroachdb' ? withNumberedParameters(text) : text;
  return (parameters) =>
    andThen(dataSource.query<Record<string, string | number | null>[]>(numbered, [...parameters]), (rows) =>
      rows.map((row) => Object.values(row)),
    );
}

function withNumberedParameters(text: string): string {
  let count = 0;
  return text.replaceAll('?', () => `$${(count += 1)}`);
}
