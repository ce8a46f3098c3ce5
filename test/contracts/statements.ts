import { Client } from 'pg';
import type { DataSource } from 'typeorm';

/** A statement as the driver was given it. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

type Call = (...given: unknown[]) => unknown;

/**
 * Writes down what a data source asks its database, by whatever way: TypeORM or the driver itself. Begin right after
 * it was opened, for a statement that SQLite has prepared before is not seen.
 */
export class StatementLog {
  private readonly statements: Statement[] = [];
  private readonly undo: (() => void)[] = [];

  private constructor() {}

  static on(dataSource: DataSource): StatementLog {
    const log = new StatementLog();
    const driver = dataSource.driver as unknown as {
      databaseConnection: object;
      pool?: object;
      poolCluster: object;
    };
    switch (dataSource.options.type) {
      case 'better-sqlite3':
        log.watchSqlite(driver.databaseConnection);
        break;
      case 'postgres':
        // All clients of this process.
        log.watchQueries(Client.prototype, 'query');
        break;
      default:
        log.watchMysql(driver.pool ?? driver.poolCluster);
    }
    return log;
  }

  /** What was asked meanwhile. */
  async during(work: () => unknown): Promise<Statement[]> {
    const before = this.statements.length;
    await work();
    return this.statements.slice(before);
  }

  stop(): void {
    for (const undo of this.undo.splice(0).toReversed()) undo();
  }

  private watchSqlite(connection: object): void {
    this.replace(connection, 'prepare', (prepare, [sql]) => {
      const statement = prepare(sql) as object;
      for (const name of ['all', 'get', 'run']) {
        this.replace(statement, name, (run, given) => {
          this.statements.push({ sql: String(sql), parameters: given.flat() });
          return run(...given);
        });
      }
      return statement;
    });
  }

  private watchMysql(pool: object): void {
    const watched = new WeakSet<object>();
    this.replace(pool, 'getConnection', (getConnection, given) =>
      getConnection(...given.slice(0, -1), (error: unknown, connection: object | undefined) => {
        if (connection && !watched.has(connection)) {
          watched.add(connection);
          this.watchQueries(connection, 'query');
          this.watchQueries(connection, 'execute');
        }
        (given.at(-1) as Call)(error, connection);
      }),
    );
  }

  /** A method that takes text and values, or an object with both. */
  private watchQueries(target: object, name: string): void {
    this.replace(target, name, (query, given) => {
      const [what, values] = given as [string | { text?: string; sql?: string; values?: unknown[] }, unknown];
      const named = typeof what === 'string' ? { text: what } : what;
      const parameters = Array.isArray(values) ? values : (named.values ?? []);
      this.statements.push({ sql: named.text ?? named.sql ?? '', parameters });
      return query(...given);
    });
  }

  private replace(target: object, name: string, around: (call: Call, given: unknown[]) => unknown): void {
    const methods = target as Record<string, Call>;
    const original = methods[name]!;
    const isOwn = Object.hasOwn(target, name);
    methods[name] = function (this: unknown, ...given: unknown[]) {
      return around((...passed) => original.apply(this, passed), given);
    };
    this.undo.push(() => {
      if (isOwn) methods[name] = original;
      else delete methods[name];
    });
  }
}
