import type { DataSource, QueryRunner } from 'typeorm';

/** How this data source calls our tables and columns: with its prefix, by its naming strategy. */
export interface Names {
  table(name: string): string;
  column(name: string): string;
}

export function namesIn(queryRunner: QueryRunner): Names {
  const { namingStrategy, options } = dataSourceOf(queryRunner);
  return {
    table: (name) => {
      const given = `auth0_connect_${name}`;
      const tableName = namingStrategy.tableName(given, given);
      return options.entityPrefix ? namingStrategy.prefixTableName(options.entityPrefix, tableName) : tableName;
    },
    column: (name) => namingStrategy.columnName(name, name, []),
  };
}

/** TypeORM 0.3 calls it `connection`. */
export function dataSourceOf(queryRunner: QueryRunner): DataSource {
  return queryRunner.dataSource ?? queryRunner.connection;
}
