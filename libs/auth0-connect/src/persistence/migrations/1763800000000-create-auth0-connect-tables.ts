import {
  Table,
  TableForeignKey,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';
import { dataSourceOf, namesIn } from './names.js';

const digest = (name: string, isNullable = false): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: '64',
  isNullable,
});
const lease = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '43', isNullable: true });
const text = (name: string, isNullable = false): TableColumnOptions => ({ name, type: 'text', isNullable });
const instant = (name: string, isNullable = false): TableColumnOptions => ({ name, type: 'bigint', isNullable });

const TOKEN_COLUMNS: TableColumnOptions[] = [
  { ...digest('owner'), isPrimary: true },
  { ...digest('slot'), isPrimary: true },
  digest('user_key'),
  digest('session_id', true),
  text('access_token', true),
  text('scopes', true),
  instant('obtained_at', true),
  instant('expires_at', true),
  lease('lease'),
  instant('lease_expires_at', true),
  text('failure', true),
  lease('failed_lease'),
  instant('purge_at'),
];

/** One set of tables for SQLite, PostgreSQL and MySQL/MariaDB. */
export class CreateAuth0ConnectTables1763800000000 implements MigrationInterface {
  name = 'CreateAuth0ConnectTables1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables(queryRunner)) await queryRunner.createTable(table);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables(queryRunner).toReversed()) await queryRunner.dropTable(table.name);
  }
}

function tables(queryRunner: QueryRunner): Table[] {
  const { driver } = dataSourceOf(queryRunner);
  const names = namesIn(queryRunner);
  const normalize = (column: TableColumnOptions): TableColumnOptions => ({
    ...column,
    name: names.column(column.name),
    type: driver.normalizeType({ type: column.type as 'varchar' }),
  });
  const table = (name: string, columns: TableColumnOptions[], indices: readonly string[]): Table =>
    new Table({
      name: names.table(name),
      columns: columns.map(normalize),
      // Unnamed: TypeORM names them by table, so that tables under two prefixes do not get in each other's way.
      indices: indices.map((column) => new TableIndex({ columnNames: [names.column(column)] })),
      // What belongs to a session goes with it, in the statement that deletes the session.
      foreignKeys: columns.some((column) => column.name === 'session_id')
        ? [
            new TableForeignKey({
              columnNames: [names.column('session_id')],
              referencedTableName: names.table('sessions'),
              referencedColumnNames: [names.column('id')],
              onDelete: 'CASCADE',
              // Said outright: MariaDB would take RESTRICT for the same, and show it as a difference.
              onUpdate: 'NO ACTION',
            }),
          ]
        : [],
    });

  return [
    table(
      'sessions',
      [
        { ...digest('id'), isPrimary: true },
        digest('instance_key'),
        { name: 'domain', type: 'varchar', length: '255' },
        digest('user_key'),
        { name: 'user_id', type: 'varchar', length: '255' },
        digest('sid_key', true),
        text('claims'),
        text('refresh_token', true),
        text('id_token', true),
        text('dpop_key', true),
        { name: 'grant_version', type: 'integer' },
        { name: 'login_required', type: 'boolean' },
        lease('refresh_lease'),
        instant('refresh_lease_expires_at', true),
        instant('created_at'),
        instant('last_used_at'),
        instant('expires_at'),
        instant('absolute_expires_at'),
      ],
      ['user_key', 'sid_key', 'expires_at'],
    ),
    table(
      'transactions',
      [
        { ...digest('id'), isPrimary: true },
        digest('instance_key'),
        { name: 'kind', type: 'varchar', length: '16' },
        digest('owner'),
        digest('session_id', true),
        text('payload'),
        instant('created_at'),
        instant('expires_at'),
      ],
      ['owner', 'session_id', 'expires_at'],
    ),
    table(
      'api_access_tokens',
      [
        ...TOKEN_COLUMNS,
        { name: 'audience', type: 'varchar', length: '600' },
        { name: 'token_type', type: 'varchar', length: '16', isNullable: true },
        text('requested_scopes'),
      ],
      ['session_id', 'purge_at'],
    ),
    table(
      'connection_tokens',
      [
        ...TOKEN_COLUMNS,
        { name: 'connection', type: 'varchar', length: '128' },
        digest('connection_key'),
        digest('login_hint_key'),
      ],
      ['session_id', 'user_key', 'purge_at'],
    ),
    table('replays', [{ ...digest('id'), isPrimary: true }, instant('expires_at')], ['expires_at']),
  ];
}
