import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';

/** The table of an entity as it stands in a statement: with its schema and the application's prefix. */
export function tableOf(dataSource: DataSource, entity: EntityTarget<ObjectLiteral>): string {
  const { tablePath } = dataSource.getMetadata(entity);
  return tablePath
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** The column of a property as it stands in a statement. @throws TypeError when there is none */
export function columnOf(dataSource: DataSource, entity: EntityTarget<ObjectLiteral>, property: string): string {
  const metadata = dataSource.getMetadata(entity);
  const column = metadata.findColumnWithPropertyName(property);
  if (!column) throw new TypeError(`${metadata.name} has no column for "${property}"`);
  return dataSource.driver.escape(column.databaseName);
}
