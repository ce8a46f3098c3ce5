import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What the accounts page keeps for itself. */
export class AccountsPage1796000000000 implements MigrationInterface {
  name = 'AccountsPage1796000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'daylight_account_names',
        columns: [
          { name: 'user_id', type: 'varchar', length: '255', isPrimary: true },
          { name: 'account_id', type: 'varchar', length: '128', isPrimary: true },
          { name: 'address', type: 'varchar', length: '128' },
        ],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'daylight_connection_uses',
        columns: [
          { name: 'user_id', type: 'varchar', length: '255', isPrimary: true },
          { name: 'connection', type: 'varchar', length: '128', isPrimary: true },
          { name: 'last_used_at', type: 'varchar', length: '32', isNullable: true },
          { name: 'default_account_id', type: 'varchar', length: '128', isNullable: true },
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('daylight_connection_uses');
    await queryRunner.dropTable('daylight_account_names');
  }
}
