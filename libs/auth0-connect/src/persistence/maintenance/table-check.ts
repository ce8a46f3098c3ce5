import type { OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../../errors/index.js';
import { isAboutSchema } from '../failures/database-errors.js';
import type { Database } from '../statements/database.js';
import { columnNameOf, tableOf } from '../statements/table-names.js';
import { TABLES } from '../tables.js';

const ENTITIES = Object.values(TABLES).map(({ entity }) => entity);
const ADD_ENTITIES =
  "The library's entities are not in the data source: add entities: [...AUTH0_CONNECT_ENTITIES] to TypeOrmModule.forRoot({ ... }), or " +
  "autoLoadEntities: true. AUTH0_CONNECT_ENTITIES is exported by 'nestjs-auth0-connect/typeorm'";

/** Finds at start-up that the entities are not in the data source, or that the migrations have not run. */
export class TableCheck implements OnModuleInit {
  constructor(private readonly database: Database) {}

  /** @throws ConfigurationError with the line to add. A database that does not answer is no matter of the configuration */
  async onModuleInit(): Promise<void> {
    const problems = await this.problems().catch(() => []);
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  /** What to do about each. @throws what the database does that does not answer */
  async problems(): Promise<string[]> {
    const { dataSource } = this.database;
    // At start-up: the application does so later, and knows when.
    if (!dataSource.isInitialized) throw new Error('The data source is not initialized');
    if (!ENTITIES.every((entity) => dataSource.hasMetadata(entity))) return [ADD_ENTITIES];
    const missing = await this.missingTables(dataSource);
    if (missing.length === 0) return [];
    return [
      `${whatIsMissing(missing)}. Add migrations: [...AUTH0_CONNECT_MIGRATIONS] and ` +
        "migrationsRun: true to TypeOrmModule.forRoot({ ... }), or run TypeORM's command line before. AUTH0_CONNECT_MIGRATIONS is exported by " +
        "'nestjs-auth0-connect/typeorm'",
    ];
  }

  /** Those that are not there, or lack a column. */
  private async missingTables(dataSource: DataSource): Promise<string[]> {
    const missing: string[] = [];
    for (const entity of ENTITIES) {
      const { columns } = dataSource.getMetadata(entity);
      const names = columns.map(({ propertyName }) => columnNameOf(dataSource, entity, propertyName));
      const statement = `SELECT ${names.join(', ')} FROM ${tableOf(dataSource, entity)} WHERE 1 = 0`;
      try {
        await this.database.run((manager) => manager.query(statement));
      } catch (error) {
        if (!isAboutSchema(error)) throw error;
        missing.push(dataSource.getMetadata(entity).tablePath);
      }
    }
    return missing;
  }
}

function whatIsMissing(tables: readonly string[]): string {
  if (tables.length === ENTITIES.length) return "The library's migrations have not run: there is none of its tables";
  return `Not all of the library's migrations have run: ${tables.join(', ')} are not there, or not as this version needs them`;
}
