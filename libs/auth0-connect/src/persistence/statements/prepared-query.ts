import { digest } from '../../shared/digest.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import type { Database } from './database.js';
import {
  driverOf,
  type BetterSqlite,
  type MysqlPool,
  type PgPool,
  type PgResult,
  type Row,
  type Value,
} from './drivers.js';

/** A SELECT that the database plans once. */
export type PreparedQuery = (parameters: readonly string[]) => MaybePromise<readonly Row[]>;

/** A statement that changes rows and that the database plans once. It gives their number. */
export type PreparedChange = (parameters: readonly Value[]) => MaybePromise<number>;

/**
 * Prepares a SELECT with the driver itself. TypeORM has no way to name a statement, and what it does around each query
 * costs several times what the query does. With a driver that is not known here it goes by TypeORM.
 *
 * The driver is asked for its connection or pool at each call: a data source that is initialised again has new ones.
 *
 * @param text with `?` for a parameter, whatever the database calls it
 * @param options.single the answer has one row at most
 */
export function prepareQuery(database: Database, text: string, { single }: { single: boolean }): PreparedQuery {
  const onSqlite = preparedOnce((sqlite) => sqlite.prepare(text).raw());
  const onPostgres = namedOnPostgres(database, text);
  const numbered = withNumberedParameters(text);
  return (parameters) => {
    const { sqlite, postgres, mysql, numbersParameters } = driverOf(database.dataSource);
    if (sqlite) {
      const statement = onSqlite(sqlite);
      if (!single) return statement.all(...parameters);
      const row = statement.get(...parameters);
      return row ? [row] : [];
    }
    if (postgres) return database.ask(() => onPostgres(postgres, parameters)).then(({ rows }) => rows);
    if (mysql) return database.ask(() => execute<Row[]>(mysql, text, parameters));
    return queryByTypeOrm(database, numbersParameters ? numbered : text, parameters);
  };
}

/** Prepares an UPDATE or DELETE, as {@link prepareQuery} does a SELECT. */
export function prepareChange(database: Database, text: string): PreparedChange {
  const onSqlite = preparedOnce((sqlite) => sqlite.prepare(text));
  const onPostgres = namedOnPostgres(database, text);
  const numbered = withNumberedParameters(text);
  return (parameters) => {
    const { sqlite, postgres, mysql, numbersParameters } = driverOf(database.dataSource);
    if (sqlite) return onSqlite(sqlite).run(...parameters).changes;
    if (postgres) return database.ask(() => onPostgres(postgres, parameters)).then(({ rowCount }) => rowCount ?? 0);
    if (mysql) {
      return database
        .ask(() => execute<{ affectedRows: number }>(mysql, text, parameters))
        .then(({ affectedRows }) => affectedRows);
    }
    return changeByTypeOrm(database, numbersParameters ? numbered : text, parameters);
  };
}

/** Prepares anew for a connection that was not there before. */
function preparedOnce<Statement>(prepare: (sqlite: BetterSqlite) => Statement): (sqlite: BetterSqlite) => Statement {
  let prepared: { readonly on: BetterSqlite; readonly statement: Statement } | undefined;
  return (sqlite) => {
    if (prepared?.on !== sqlite) prepared = { on: sqlite, statement: prepare(sqlite) };
    return prepared.statement;
  };
}

/**
 * How PostgreSQL refuses a statement by its name, before it runs: unknown on this connection or known already (a pooler
 * has changed it, `DISCARD ALL`), or planned for columns that were altered since.
 */
const NAME_REFUSED = ['26000', '42P05', '0A000'];

/** Each connection of PostgreSQL keeps the plan under the name. */
function namedOnPostgres(
  database: Database,
  statement: string,
): (pool: PgPool, values: readonly Value[]) => Promise<PgResult> {
  const name = `auth0_connect_${digest(statement).slice(0, 16)}`;
  const query = { text: withNumberedParameters(statement), rowMode: 'array' as const };
  return (pool, values) => {
    if (!database.namesStatements) return pool.query({ ...query, values });
    return pool.query({ ...query, name, values }).catch((error: unknown) => {
      const { code } = error as { code?: unknown };
      if (typeof code !== 'string' || !NAME_REFUSED.includes(code)) throw error;
      database.stopNaming(code);
      return pool.query({ ...query, values });
    });
  };
}

function execute<Result>(pool: MysqlPool, sql: string, values: readonly Value[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    pool.execute<Result>({ sql, rowsAsArray: true }, values, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
}

async function queryByTypeOrm(database: Database, text: string, parameters: readonly Value[]): Promise<Row[]> {
  const rows = (await database.run(({ queryRunner }) => queryRunner!.query(text, [...parameters]))) as Record<
    string,
    string | number | null
  >[];
  return rows.map((row) => Object.values(row));
}

async function changeByTypeOrm(database: Database, text: string, parameters: readonly Value[]): Promise<number> {
  const { affected } = await database.run(({ queryRunner }) => queryRunner!.query(text, [...parameters], true));
  return affected ?? 0;
}

function withNumberedParameters(text: string): string {
  let count = 0;
  return text.replaceAll('?', () => `$${(count += 1)}`);
}
