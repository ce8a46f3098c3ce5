import { TABLES } from './persistence/tables.js';
import { CreateAuth0ConnectTables1763800000000 } from './persistence/migrations/1763800000000-create-auth0-connect-tables.js';
import { CreateConnectLinks1764100000000 } from './persistence/migrations/1764100000000-create-connect-links.js';
import { KeepTextInUtf8mb41763900000000 } from './persistence/migrations/1763900000000-keep-text-in-utf8mb4.js';

/**
 * The library's entities, for `entities` of the data source. Their tables are named `auth0_connect_*`.
 * @see https://typeorm.io/docs/data-source/data-source-options
 */
export const AUTH0_CONNECT_ENTITIES = Object.values(TABLES).map(({ entity }) => entity);

/**
 * The library's migrations, for `migrations` of the data source, before or among your own.
 * @see https://typeorm.io/docs/migrations/why
 */
export const AUTH0_CONNECT_MIGRATIONS = [
  CreateAuth0ConnectTables1763800000000,
  KeepTextInUtf8mb41763900000000,
  CreateConnectLinks1764100000000,
];
