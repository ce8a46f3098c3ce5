import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dataSourceOf, namesIn } from './names.js';

const TOKEN_COLUMNS = { access_token: 'text NULL', scopes: 'text NULL', failure: 'text NULL' };

/** What may hold any character. Keys, digests and leases are ASCII. */
const COLUMNS: Record<string, Record<string, string>> = {
  sessions: {
    user_id: 'varchar(255) NOT NULL',
    claims: 'text NOT NULL',
    refresh_token: 'text NULL',
    id_token: 'text NULL',
    dpop_key: 'text NULL',
  },
  transactions: { payload: 'text NOT NULL' },
  api_access_tokens: { ...TOKEN_COLUMNS, audience: 'varchar(600) NOT NULL', requested_scopes: 'text NOT NULL' },
  connection_tokens: { ...TOKEN_COLUMNS, connection: 'varchar(128) NOT NULL' },
};

/**
 * On MySQL and MariaDB a table has the character set of its database: with latin1 or utf8mb3 the first name in another
 * script, or the first emoji, failed. Changes nothing where the database is in utf8mb4, and nothing elsewhere.
 */
export class KeepTextInUtf8mb41763900000000 implements MigrationInterface {
  name = 'KeepTextInUtf8mb41763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { driver, options } = dataSourceOf(queryRunner);
    if (options.type !== 'mysql' && options.type !== 'mariadb') return;
    const names = namesIn(queryRunner);
    for (const [name, columns] of Object.entries(COLUMNS)) {
      const table = names.table(name);
      const narrow = await narrowColumns(queryRunner, table);
      const changes = Object.entries(columns)
        .map(([column, definition]) => [names.column(column), definition] as const)
        .filter(([column]) => narrow.includes(column))
        .map(([column, definition]) => {
          const [type = '', ...nullable] = definition.split(' ');
          return `MODIFY ${driver.escape(column)} ${type} CHARACTER SET utf8mb4 ${nullable.join(' ')}`;
        });
      if (changes.length > 0) await queryRunner.query(`ALTER TABLE ${driver.escape(table)} ${changes.join(', ')}`);
    }
    await assertFirst(queryRunner, this.name);
  }

  /** Nothing: what has been stored since would not fit. */
  async down(): Promise<void> {}
}

/** Those that do not hold every character. */
async function narrowColumns(queryRunner: QueryRunner, table: string): Promise<string[]> {
  const rows = (await queryRunner.query(
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND CHARACTER_SET_NAME <> 'utf8mb4'`,
    [table],
  )) as { name: string }[];
  return rows.map(({ name }) => name);
}

/**
 * Unlike one that makes a table, this migration fails nowhere the second time: of several processes at once, each would note
 * it down as done. The others wait for the first one's row, and are refused as by a table that is there.
 */
async function assertFirst(queryRunner: QueryRunner, name: string): Promise<void> {
  if (!queryRunner.isTransactionActive) return;
  const { driver, options } = dataSourceOf(queryRunner);
  // Whatever has changed a table has ended TypeORM's own.
  await queryRunner.query('START TRANSACTION');
  const table = driver.escape(options.migrationsTableName ?? 'migrations');
  const done = (await queryRunner.query(`SELECT name FROM ${table} FOR UPDATE`)) as { name: string }[];
  if (done.some((row) => row.name === name)) throw new Error('another process has done this migration meanwhile');
}
