import 'reflect-metadata';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource } from 'typeorm';
import { databaseOptions } from './src/database.js';
import { readEnvironment } from './src/environment.js';

/** For TypeORM's command line: `npx typeorm migration:show -d dist/ormconfig.js` after a build. */
export default new DataSource({
  ...databaseOptions(readEnvironment({ DATABASE_URL: process.env.DATABASE_URL }).databaseUrl),
  entities: [...AUTH0_CONNECT_ENTITIES],
  migrations: [...AUTH0_CONNECT_MIGRATIONS],
});
