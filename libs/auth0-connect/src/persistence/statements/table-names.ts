import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';

/** What TypeORM knows of a column. */
export type Column = EntityMetadata['columns'][number];

/** The table of an entity as it stands in a statement: with its schema and the application's prefix. */
export function tableOf(dataSource: DataSource, entity: EntityTarget<ObjectLiteral>): string {
  const { tablePath } = dataSource.getMetadata(entity);
  return tablePath
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** The column of a property as it stands in a statement. @throws TypeError when there is none */
export function columnNameOf(dataSource: DataSource, entity: EntityTarget<ObjectLiteral>, property: string): string {
  return dataSource.driver.escape(columnOf(dataSource, entity, property).databaseName);
}

/** @throws TypeError when there is none */
export function columnOf(dataSource: DataSource, entity: EntityTarget<ObjectLiteral>, property: string): Column {
  const metadata = dataSource.getMetadata(entity);
  const column = metadata.findColumnWithPropertyName(property);
  if (!column) throw new TypeError(`${metadata.name} has no column for "${property}"`);
  return column;
}
