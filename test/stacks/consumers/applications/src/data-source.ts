import 'reflect-metadata';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource } from 'typeorm';

/** For TypeORM's command line. */
export default new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [...AUTH0_CONNECT_ENTITIES],
  migrations: [...AUTH0_CONNECT_MIGRATIONS],
});
