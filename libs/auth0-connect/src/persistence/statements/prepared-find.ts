import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import type { Database } from './database.js';
import { columnNameOf, columnOf, tableOf, type Column } from './table-names.js';
import { prepareQuery, type PreparedQuery } from './prepared-query.js';

/**
 * Finds one row by a key, as a repository would at several times the cost. The statement is prepared when it is first
 * needed: the tables may be made after the application's parts.
 */
export class PreparedFind<Entity extends ObjectLiteral, Property extends keyof Entity & string> {
  private prepared: { readonly query: PreparedQuery; readonly columns: readonly Column[] } | undefined;

  constructor(
    private readonly database: Database,
    private readonly entity: EntityTarget<Entity>,
    private readonly select: readonly Property[],
    /** A primary or unique key. */
    private readonly by: readonly (keyof Entity & string)[],
  ) {}

  /** @param key values in the order of `by` */
  find(...key: readonly string[]): MaybePromise<Pick<Entity, Property> | undefined> {
    const { query, columns } = (this.prepared ??= this.prepare());
    return andThen(query(key), ([row]) => row && this.toEntity(row, columns));
  }

  private prepare(): { query: PreparedQuery; columns: Column[] } {
    const { entity } = this;
    const { dataSource } = this.database;
    const columns = this.select.map((property) => columnOf(dataSource, entity, property));
    const select = columns.map(({ databaseName }) => dataSource.driver.escape(databaseName));
    const where = this.by.map((property) => `${columnNameOf(dataSource, entity, property)} = ?`);
    const statement = `SELECT ${select.join(', ')} FROM ${tableOf(dataSource, entity)} WHERE ${where.join(' AND ')}`;
    return { query: prepareQuery(this.database, statement, { single: true }), columns };
  }

  private toEntity(row: readonly unknown[], columns: readonly Column[]): Pick<Entity, Property> {
    const { driver } = this.database.dataSource;
    const values = columns.map((column, index) => [
      column.propertyName,
      driver.prepareHydratedValue(row[index], column) as unknown,
    ]);
    return Object.fromEntries(values) as Pick<Entity, Property>;
  }
}
