import { Table, TableIndex, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { dataSourceOf, namesIn } from './names.js';

const digest = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '64' });
const instant = (name: string): TableColumnOptions => ({ name, type: 'bigint' });

/** Links that connect an account, for whoever has no session in the browser that opens them. */
export class CreateConnectLinks1764100000000 implements MigrationInterface {
  name = 'CreateConnectLinks1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { driver } = dataSourceOf(queryRunner);
    const names = namesIn(queryRunner);
    const columns: TableColumnOptions[] = [
      { ...digest('id'), isPrimary: true },
      digest('instance_key'),
      digest('user_key'),
      digest('need_key'),
      { name: 'status', type: 'varchar', length: '16' },
      { ...digest('failure'), isNullable: true },
      { name: 'payload', type: 'text' },
      instant('created_at'),
      instant('purge_at'),
    ];
    await queryRunner.createTable(
      new Table({
        name: names.table('links'),
        columns: columns.map((column) => ({
          ...column,
          name: names.column(column.name),
          type: driver.normalizeType({ type: column.type as 'varchar' }),
        })),
        indices: ['user_key', 'purge_at'].map((column) => new TableIndex({ columnNames: [names.column(column)] })),
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable(namesIn(queryRunner).table('links'));
  }
}
