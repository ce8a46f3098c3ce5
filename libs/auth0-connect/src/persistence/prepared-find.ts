import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import { columnOf, tableOf } from './names.js';
import { prepareQuery, type PreparedQuery } from './prepared-query.js';

/**
 * Finds one row by a key, as a repository would at several times the cost. The statement is prepared when it is first
 * needed: the tables may be made after the application's parts.
 */
export class PreparedFind<Entity extends ObjectLiteral, Property extends keyof Entity & string> {
  private query: PreparedQuery | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly entity: EntityTarget<Entity>,
    private readonly select: readonly Property[],
    /** A primary or unique key. */
    private readonly by: readonly (keyof Entity & string)[],
  ) {}

  /** @param key values in the order of `by` */
  find(...key: readonly string[]): MaybePromise<Pick<Entity, Property> | undefined> {
    this.query ??= prepareQuery(this.dataSource, this.statement(), { single: true });
    return andThen(this.query(key), ([row]) => row && this.toEntity(row));
  }

  private statement(): string {
    const { dataSource, entity } = this;
    const select = this.select.map((property) => columnOf(dataSource, entity, property));
    const where = this.by.map((property) => `${columnOf(dataSource, entity, property)} = ?`);
    return `SELECT ${select.join(', ')} FROM ${tableOf(dataSource, entity)} WHERE ${where.join(' AND ')}`;
  }

  private toEntity(row: readonly unknown[]): Pick<Entity, Property> {
    const metadata = this.dataSource.getMetadata(this.entity);
    const values = this.select.map((property, index) => {
      const column = metadata.findColumnWithPropertyName(property);
      const value: unknown = column && this.dataSource.driver.prepareHydratedValue(row[index], column);
      return [property, value];
    });
    return Object.fromEntries(values) as Pick<Entity, Property>;
  }
}
