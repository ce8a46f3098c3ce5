import type { DataSource } from 'typeorm';

export interface RowsToCreate {
  /** Further sessions of other people. */
  sessions?: number;
  /** Further connection tokens of each session that has one. */
  tokensPerSession?: number;
}

/** Fills the tables by copying what is there, in a few statements. */
export async function createRows(
  dataSource: DataSource,
  { sessions = 0, tokensPerSession = 0 }: RowsToCreate,
): Promise<void> {
  const postgres = dataSource.options.type === 'postgres';
  const numbers = (count: number): string =>
    postgres
      ? `(SELECT generate_series AS n FROM generate_series(1, ${count})) numbers`
      : `(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < ${count}) SELECT n FROM r) numbers`;
  // Spread like the digests that they stand for.
  const id = postgres ? 'md5(n::text) || md5(n::text)' : 'lower(hex(randomblob(32)))';
  if (sessions > 0) {
    const columns = await columnsOf(dataSource, 'auth0_connect_sessions');
    const values = columns.map((column) => (column === 'id' || column === 'user_key' ? id : column));
    await dataSource.query(
      `INSERT INTO auth0_connect_sessions (${columns.join(', ')}) SELECT ${values.join(', ')}` +
        ` FROM (SELECT * FROM auth0_connect_sessions LIMIT 1) one CROSS JOIN ${numbers(sessions)}`,
    );
  }
  if (tokensPerSession > 0) {
    const columns = await columnsOf(dataSource, 'auth0_connect_connection_tokens');
    const values = columns.map((column) => (column === 'slot' ? id : column));
    await dataSource.query(
      `INSERT INTO auth0_connect_connection_tokens (${columns.join(', ')}) SELECT ${values.join(', ')}` +
        ` FROM auth0_connect_connection_tokens CROSS JOIN ${numbers(tokensPerSession)}`,
    );
  }
  // What the database still has to do with the new rows is not part of a request.
  await dataSource.query(postgres ? 'VACUUM ANALYZE' : 'ANALYZE');
  if (postgres) await dataSource.query('CHECKPOINT');
}

async function columnsOf(dataSource: DataSource, table: string): Promise<string[]> {
  const metadata = dataSource.entityMetadatas.find(({ tableName }) => tableName === table);
  if (!metadata) throw new Error(`no entity for ${table}`);
  return metadata.columns.map(({ databaseName }) => databaseName);
}
