import type { Provider } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import {
  CONNECT_LINK_STORE,
  CONNECTION_TOKEN_READER,
  CONNECTION_TOKEN_STORE,
  SESSION_READER,
  type SessionReader,
} from '../accounts/ports.js';
import { TABLES_PROBE } from '../doctor/ports.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { EXPIRED_ROWS, RESEALER } from '../maintenance/ports.js';
import { instanceKeyOf } from '../session/keys.js';
import { API_ACCESS_TOKEN_STORE, SESSION_STORE } from '../session/ports.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { REPLAY_STORE } from '../ports/replay-store.js';
import { TRANSACTION_STORE } from '../transactions/ports.js';
import { CachedSessionReader } from './session-reading/cached-session-reader.js';
import { TableCheck } from './maintenance/table-check.js';
import { TypeOrmResealer } from './maintenance/resealer.js';
import { TypeOrmConnectionTokenReader } from './session-reading/connection-token-reader.js';
import { NO_CACHE, type SessionChanges } from './session-reading/session-changes.js';
import { TypeOrmExpiredRows } from './maintenance/expired-rows.js';
import { guarded } from './failures/guarded.js';
import { ConfiguredCipher } from './sealing/configured.cipher.js';
import { SealedColumns } from './sealing/sealed-columns.js';
import { TypeOrmSessionReader } from './session-reading/session-reader.js';
import { Database } from './statements/database.js';
import { OrphanTokenCleaner } from './maintenance/orphan-token.cleaner.js';
import { TypeOrmApiAccessTokenStore } from './stores/api-access-token.store.js';
import { TypeOrmConnectLinkStore } from './stores/connect-link.store.js';
import { TypeOrmConnectionTokenStore } from './stores/connection-token.store.js';
import { TypeOrmReplayStore } from './stores/replay.store.js';
import { TypeOrmSessionStore } from './stores/session.store.js';
import { TypeOrmTransactionStore } from './stores/transaction.store.js';

const DATABASE = Symbol('auth0-connect:database');
const SEALED_COLUMNS = Symbol('auth0-connect:sealed-columns');
const SESSION_CHANGES = Symbol('auth0-connect:session-changes');

/** The entities' side of the ports: stores, reader, purge, reseal. */
export const persistenceProviders = (dataSourceName: string | undefined): Provider[] => [
  {
    provide: DATABASE,
    inject: [getDataSourceToken(dataSourceName), RESOLVED_OPTIONS],
    useFactory: (dataSource: DataSource, options: ResolvedOptions) => new Database(dataSource, options),
  },
  { provide: TableCheck, inject: [DATABASE], useFactory: (database: Database) => new TableCheck(database) },
  {
    provide: TABLES_PROBE,
    inject: [TableCheck, DATABASE],
    useFactory: (check: TableCheck, database: Database) => guarded(check, database.saying),
  },
  {
    provide: SEALED_COLUMNS,
    inject: [RESOLVED_OPTIONS],
    useFactory: (options: ResolvedOptions) => new SealedColumns(new ConfiguredCipher(options)),
  },
  {
    provide: RESEALER,
    inject: [DATABASE, RESOLVED_OPTIONS],
    useFactory: (database: Database, options: ResolvedOptions) =>
      guarded(new TypeOrmResealer(database, new ConfiguredCipher(options)), database.saying),
  },
  {
    provide: SESSION_STORE,
    inject: [DATABASE, SEALED_COLUMNS, RESOLVED_OPTIONS, SESSION_CHANGES],
    useFactory: (database: Database, sealed: SealedColumns, options: ResolvedOptions, changes: SessionChanges) =>
      guarded(
        new TypeOrmSessionStore(
          database,
          sealed,
          instanceKeyOf(options),
          new OrphanTokenCleaner(database, options.backgroundWork),
          changes,
        ),
        database.saying,
      ),
  },
  {
    provide: SESSION_READER,
    inject: [DATABASE, SEALED_COLUMNS, RESOLVED_OPTIONS, CLOCK],
    useFactory: (database: Database, sealed: SealedColumns, options: ResolvedOptions, clock: Clock) => {
      const reader = guarded(new TypeOrmSessionReader(database, sealed, instanceKeyOf(options)), database.saying);
      return options.sessionCacheMs > 0 ? new CachedSessionReader(reader, options.sessionCacheMs, clock) : reader;
    },
  },
  {
    provide: CONNECTION_TOKEN_READER,
    inject: [DATABASE, SEALED_COLUMNS],
    useFactory: (database: Database, sealed: SealedColumns) =>
      guarded(new TypeOrmConnectionTokenReader(database, sealed), database.saying),
  },
  {
    provide: SESSION_CHANGES,
    inject: [SESSION_READER],
    useFactory: (reader: SessionReader) => (reader instanceof CachedSessionReader ? reader : NO_CACHE),
  },
  {
    provide: TRANSACTION_STORE,
    inject: [DATABASE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (database: Database, sealed: SealedColumns, options: ResolvedOptions) =>
      guarded(new TypeOrmTransactionStore(database, sealed, instanceKeyOf(options)), database.saying),
  },
  {
    provide: CONNECT_LINK_STORE,
    inject: [DATABASE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (database: Database, sealed: SealedColumns, options: ResolvedOptions) =>
      guarded(new TypeOrmConnectLinkStore(database, sealed, instanceKeyOf(options)), database.saying),
  },
  {
    provide: API_ACCESS_TOKEN_STORE,
    inject: [DATABASE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (database: Database, sealed: SealedColumns, options: ResolvedOptions) =>
      guarded(new TypeOrmApiAccessTokenStore(database, sealed, options.maxTokensPerSession), database.saying),
  },
  {
    provide: CONNECTION_TOKEN_STORE,
    inject: [DATABASE, SEALED_COLUMNS, RESOLVED_OPTIONS, SESSION_CHANGES],
    useFactory: (database: Database, sealed: SealedColumns, options: ResolvedOptions, changes: SessionChanges) =>
      guarded(new TypeOrmConnectionTokenStore(database, sealed, options.maxTokensPerSession, changes), database.saying),
  },
  {
    provide: EXPIRED_ROWS,
    inject: [DATABASE, RESOLVED_OPTIONS],
    useFactory: (database: Database, options: ResolvedOptions) =>
      guarded(
        new TypeOrmExpiredRows(
          database,
          new OrphanTokenCleaner(database, options.backgroundWork),
          instanceKeyOf(options),
        ),
        database.saying,
      ),
  },
  {
    provide: REPLAY_STORE,
    inject: [DATABASE, RESOLVED_OPTIONS],
    useFactory: (database: Database, options: ResolvedOptions) =>
      guarded(new TypeOrmReplayStore(database, instanceKeyOf(options)), database.saying),
  },
];
