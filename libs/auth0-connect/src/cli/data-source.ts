import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DataSource } from 'typeorm';
import { TableCheck } from '../persistence/maintenance/table-check.js';
import { Database } from '../persistence/statements/database.js';
import type { TablesProbe } from '../doctor/ports.js';

/** Looks at the database of a module's data source, which is opened for each look and closed after it. */
export async function tablesOf(file: string): Promise<TablesProbe> {
  const exported = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  const { default: outer } = exported as { default?: Record<string, unknown> };
  const dataSource = [...Object.values(exported), ...Object.values(outer ?? {})].find(isDataSource);
  if (!dataSource) throw new TypeError(`${file} exports no DataSource`);
  return {
    problems: async () => {
      await dataSource.initialize();
      try {
        return await new TableCheck(new Database(dataSource)).problems();
      } finally {
        await dataSource.destroy();
      }
    },
  };
}

function isDataSource(value: unknown): value is DataSource {
  return typeof value === 'object' && value !== null && 'initialize' in value && 'hasMetadata' in value;
}
