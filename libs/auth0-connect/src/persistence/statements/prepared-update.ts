import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import type { Database } from './database.js';
import type { Value } from './drivers.js';
import { prepareChange, type PreparedChange } from './prepared-query.js';
import { columnNameOf, columnOf, tableOf, type Column } from './table-names.js';

/** Changes rows, as a repository would at several times the cost. Prepared when it is first needed. */
export class PreparedUpdate<Entity extends ObjectLiteral, Property extends keyof Entity & string> {
  private prepared: { readonly change: PreparedChange; readonly columns: readonly Column[] } | undefined;

  /** @param where the condition, with `?` for a parameter, made of the names of columns */
  constructor(
    private readonly database: Database,
    private readonly entity: EntityTarget<Entity>,
    private readonly set: readonly Property[],
    private readonly where: (nameOf: (property: keyof Entity & string) => string) => string,
  ) {}

  /** @param parameters those of the condition @returns how many rows were changed */
  run(values: Pick<Entity, Property>, ...parameters: readonly Value[]): MaybePromise<number> {
    const { change, columns } = (this.prepared ??= this.prepare());
    const { driver } = this.database.dataSource;
    const changed = columns.map((column) => {
      const value: unknown = values[column.propertyName as Property];
      return driver.preparePersistentValue(value, column) as Value;
    });
    return change([...changed, ...parameters]);
  }

  private prepare(): { change: PreparedChange; columns: Column[] } {
    const { entity } = this;
    const { dataSource } = this.database;
    const columns = this.set.map((property) => columnOf(dataSource, entity, property));
    const set = columns.map(({ databaseName }) => `${dataSource.driver.escape(databaseName)} = ?`);
    const where = this.where((property) => columnNameOf(dataSource, entity, property));
    const statement = `UPDATE ${tableOf(dataSource, entity)} SET ${set.join(', ')} WHERE ${where}`;
    return { change: prepareChange(this.database, statement), columns };
  }
}
