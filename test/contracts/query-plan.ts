import type { DataSource } from 'typeorm';
import type { Statement } from './statements.js';

/**
 * How a database gets at the rows of a statement: `<table> by <columns of the primary key or index>`, or
 * `all of <table>`.
 */
export async function accessPaths(dataSource: DataSource, statement: Statement): Promise<string[]> {
  const read = READERS[dataSource.options.type as keyof typeof READERS];
  return [...new Set(await read(dataSource, statement))].toSorted();
}

const READERS = { 'better-sqlite3': readSqlite, postgres: readPostgres, mysql: readMysql };

async function readSqlite(dataSource: DataSource, { sql, parameters }: Statement): Promise<string[]> {
  const rows = await dataSource.query<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`, [...parameters]);
  return rows.flatMap(({ detail }) => {
    const [, how, name] = /^(SCAN|SEARCH) (\S+)/.exec(detail) ?? [];
    const table = name === undefined ? undefined : tableNamed(name, dataSource, sql);
    if (table === undefined) return []; // a step that reads no table: sorting, merging
    const index = / INDEX (\S+)/.exec(detail)?.[1];
    if (how === 'SCAN' || index === undefined) return [`all of ${table}`];
    return [index.startsWith('sqlite_autoindex_') ? primaryKey(dataSource, table) : indexNamed(dataSource, index)];
  });
}

interface PostgresNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: PostgresNode[];
}

async function readPostgres(dataSource: DataSource, { sql, parameters }: Statement): Promise<string[]> {
  const primary = await dataSource.query<{ index: string; table: string }[]>(
    `SELECT i.relname AS index, t.relname AS table FROM pg_index
     JOIN pg_class i ON i.oid = indexrelid JOIN pg_class t ON t.oid = indrelid WHERE indisprimary`,
  );
  const tables = new Map(primary.map(({ index, table }) => [index, table]));
  const [row] = await dataSource.query<{ 'QUERY PLAN': { Plan: PostgresNode }[] }[]>(`EXPLAIN (FORMAT JSON) ${sql}`, [
    ...parameters,
  ]);
  const walk = (node: PostgresNode): string[] => {
    const paths = (node.Plans ?? []).flatMap(walk);
    const index = node['Index Name'];
    if (node['Node Type'] === 'Seq Scan') return [`all of ${node['Relation Name']}`, ...paths];
    if (index === undefined) return paths;
    const table = tables.get(index);
    return [table === undefined ? indexNamed(dataSource, index) : primaryKey(dataSource, table), ...paths];
  };
  return (row?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => walk(Plan));
}

async function readMysql(dataSource: DataSource, { sql, parameters }: Statement): Promise<string[]> {
  const rows = await dataSource.query<{ table: string | null; type: string | null; key: string | null }[]>(
    `EXPLAIN ${sql}`,
    [...parameters],
  );
  return rows.flatMap(({ table: name, type, key }) => {
    const table = name === null ? undefined : tableNamed(name, dataSource, sql);
    if (table === undefined) return [];
    if (!['const', 'eq_ref', 'ref', 'range'].includes(type ?? '') || key === null) return [`all of ${table}`];
    return [key === 'PRIMARY' ? primaryKey(dataSource, table) : indexNamed(dataSource, key)];
  });
}

/** The table of an alias in this statement. */
function tableNamed(alias: string, { entityMetadatas }: DataSource, sql: string): string | undefined {
  return entityMetadatas
    .map(({ tableName }) => tableName)
    .find((table) => table === alias || new RegExp(`["\`]${table}["\`] ["\`]?${alias}\\b`).test(sql));
}

function primaryKey({ entityMetadatas }: DataSource, table: string): string {
  const columns = entityMetadatas.find(({ tableName }) => tableName === table)?.primaryColumns ?? [];
  return `${table} by ${columns.map(({ databaseName }) => databaseName).join(', ')}`;
}

function indexNamed({ entityMetadatas }: DataSource, index: string): string {
  const metadata = entityMetadatas.flatMap(({ indices }) => indices).find(({ name }) => name === index);
  const columns = metadata?.columns.map(({ databaseName }) => databaseName).join(', ');
  return metadata ? `${metadata.entityMetadata.tableName} by ${columns}` : `an index unknown to the entities: ${index}`;
}
