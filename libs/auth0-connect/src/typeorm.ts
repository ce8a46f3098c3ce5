import { ApiAccessTokenEntity } from './persistence/entities/api-access-token.entity.js';
import { ConnectionTokenEntity } from './persistence/entities/connection-token.entity.js';
import { ReplayEntity } from './persistence/entities/replay.entity.js';
import { ConnectSessionEntity } from './persistence/entities/session.entity.js';
import { ConnectTransactionEntity } from './persistence/entities/transaction.entity.js';
import { CreateAuth0ConnectTables1763800000000 } from './persistence/migrations/1763800000000-create-auth0-connect-tables.js';

/** The library's entities, for `entities` of the data source. Their tables are named `auth0_connect_*`. */
export const AUTH0_CONNECT_ENTITIES = [
  ConnectSessionEntity,
  ConnectTransactionEntity,
  ApiAccessTokenEntity,
  ConnectionTokenEntity,
  ReplayEntity,
];

/** The library's migrations, for `migrations` of the data source, before or among your own. */
export const AUTH0_CONNECT_MIGRATIONS = [CreateAuth0ConnectTables1763800000000];
