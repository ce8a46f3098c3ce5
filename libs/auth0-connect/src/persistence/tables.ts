import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { SealedPlace } from '../ports/token-cipher.js';
import { ApiAccessTokenEntity } from './entities/api-access-token.entity.js';
import { ConnectLinkEntity } from './entities/connect-link.entity.js';
import { ConnectionTokenEntity } from './entities/connection-token.entity.js';
import { ReplayEntity } from './entities/replay.entity.js';
import { ConnectSessionEntity } from './entities/session.entity.js';
import { ConnectTransactionEntity } from './entities/transaction.entity.js';

/** What has to be known of a table besides its entity, once for all who work on it. */
export interface LibraryTable {
  readonly entity: EntityTarget<ObjectLiteral>;
  /** As sealed values are bound to it: changing it makes them unreadable. */
  readonly name: string;
  /** Properties of the primary key, in order. */
  readonly keys: readonly string[];
  /** Property and column of each sealed value. */
  readonly sealed: Readonly<Record<string, string>>;
}

const TOKEN_TABLE = { keys: ['owner', 'slot'], sealed: { accessToken: 'access_token' } } as const;

/** Every table of the library. */
export const TABLES = {
  sessions: {
    entity: ConnectSessionEntity,
    name: 'sessions',
    keys: ['id'],
    sealed: { claims: 'claims', refreshToken: 'refresh_token', idToken: 'id_token', dpopKey: 'dpop_key' },
  },
  transactions: {
    entity: ConnectTransactionEntity,
    name: 'transactions',
    keys: ['id'],
    sealed: { payload: 'payload' },
  },
  links: { entity: ConnectLinkEntity, name: 'links', keys: ['id'], sealed: { payload: 'payload' } },
  apiAccessTokens: { ...TOKEN_TABLE, entity: ApiAccessTokenEntity, name: 'api_access_tokens' },
  connectionTokens: { ...TOKEN_TABLE, entity: ConnectionTokenEntity, name: 'connection_tokens' },
  replays: { entity: ReplayEntity, name: 'replays', keys: ['id'], sealed: {} },
} as const satisfies Record<string, LibraryTable>;

/** Where a value is sealed for: its table, column and row. @param key values of the primary key, in order */
export function placeIn<Table extends LibraryTable>(
  table: Table,
  property: keyof Table['sealed'] & string,
  ...key: readonly string[]
): SealedPlace {
  return { table: table.name, column: table.sealed[property] ?? property, row: key.join('.') };
}

/** Where it is sealed whose session a row is. @param id of the session */
export function placeOfSession(id: string): SealedPlace {
  return placeIn(TABLES.sessions, 'claims', id);
}
