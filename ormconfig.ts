import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { databaseOptions, ENTITIES, MIGRATIONS } from './src/database.js';
import { readEnvironment } from './src/environment.js';

/** For TypeORM's command line: `npx typeorm migration:show -d dist/ormconfig.js` after a build. */
export default new DataSource({
  ...databaseOptions(readEnvironment({ DATABASE_URL: process.env.DATABASE_URL }).databaseUrl),
  entities: ENTITIES,
  migrations: MIGRATIONS,
});
