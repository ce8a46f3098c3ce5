import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import type { StoredConnectLink } from '../../libs/auth0-connect/src/accounts/connect-link.js';
import type { ConnectionTokenKey } from '../../libs/auth0-connect/src/accounts/ports.js';
import { ApiAccessTokenEntity } from '../../libs/auth0-connect/src/persistence/entities/api-access-token.entity.js';
import { ConnectLinkEntity } from '../../libs/auth0-connect/src/persistence/entities/connect-link.entity.js';
import { ConnectionTokenEntity } from '../../libs/auth0-connect/src/persistence/entities/connection-token.entity.js';
import { ReplayEntity } from '../../libs/auth0-connect/src/persistence/entities/replay.entity.js';
import { ConnectSessionEntity } from '../../libs/auth0-connect/src/persistence/entities/session.entity.js';
import { ConnectTransactionEntity } from '../../libs/auth0-connect/src/persistence/entities/transaction.entity.js';
import { TypeOrmExpiredRows } from '../../libs/auth0-connect/src/persistence/maintenance/expired-rows.js';
import { KeyRingCipher } from '../../libs/auth0-connect/src/persistence/sealing/key-ring.cipher.js';
import { SealedColumns } from '../../libs/auth0-connect/src/persistence/sealing/sealed-columns.js';
import { TypeOrmSessionReader } from '../../libs/auth0-connect/src/persistence/session-reading/session-reader.js';
import { Database } from '../../libs/auth0-connect/src/persistence/statements/database.js';
import { tableOf } from '../../libs/auth0-connect/src/persistence/statements/table-names.js';
import { TypeOrmApiAccessTokenStore } from '../../libs/auth0-connect/src/persistence/stores/api-access-token.store.js';
import { TypeOrmConnectLinkStore } from '../../libs/auth0-connect/src/persistence/stores/connect-link.store.js';
import { TypeOrmConnectionTokenStore } from '../../libs/auth0-connect/src/persistence/stores/connection-token.store.js';
import { TypeOrmReplayStore } from '../../libs/auth0-connect/src/persistence/stores/replay.store.js';
import { TypeOrmSessionStore } from '../../libs/auth0-connect/src/persistence/stores/session.store.js';
import { TypeOrmTransactionStore } from '../../libs/auth0-connect/src/persistence/stores/transaction.store.js';
import { apiAccessTokenId, instanceKeyOf } from '../../libs/auth0-connect/src/session/keys.js';
import type { ApiAccessTokenKey, NewSession } from '../../libs/auth0-connect/src/session/ports.js';
import { digest } from '../../libs/auth0-connect/src/shared/digest.js';
import { randomToken } from '../../libs/auth0-connect/src/shared/random.js';
import type { SeenLease } from '../../libs/auth0-connect/src/tokens/lease.js';
import type { StoredToken, TokenStore } from '../../libs/auth0-connect/src/tokens/ports.js';
import type { StoredTransaction } from '../../libs/auth0-connect/src/transactions/ports.js';
import { createDatabase, openDatabase, type DatabaseName, type TestDatabase } from '../support/databases.js';

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;

const SECRET = 'the secret of the store tests, longer than it has to be';
const CLIENT_ID = 'a-client';

/** What the rows of the default module instance carry. */
export const INSTANCE_KEY = instanceKeyOf({ instance: 'default', clientId: CLIENT_ID });

/** Which module instance, with which secrets. */
export interface StoresOptions {
  secrets?: readonly string[];
  instance?: string;
  maxPerOwner?: number;
  namedStatements?: boolean;
}

/** What one process has of stores. */
export type Stores = ReturnType<typeof storesOn>;

export function storesOn(
  dataSource: DataSource,
  { secrets = [SECRET], instance = 'default', maxPerOwner = 100, namedStatements }: StoresOptions = {},
) {
  const database = new Database(dataSource, { namedStatements });
  const sealed = new SealedColumns(new KeyRingCipher(secrets));
  const instanceKey = instanceKeyOf({ instance, clientId: CLIENT_ID });
  return {
    sessions: new TypeOrmSessionStore(database, sealed, instanceKey),
    transactions: new TypeOrmTransactionStore(database, sealed, instanceKey),
    links: new TypeOrmConnectLinkStore(database, sealed, instanceKey),
    connectionTokens: new TypeOrmConnectionTokenStore(database, sealed, maxPerOwner),
    apiAccessTokens: new TypeOrmApiAccessTokenStore(database, sealed, maxPerOwner),
    replays: new TypeOrmReplayStore(database, instanceKey),
    expiredRows: new TypeOrmExpiredRows(database),
    reader: new TypeOrmSessionReader(database, sealed, instanceKey),
  };
}

/** How an application sets its data source up. */
export interface Variation {
  readonly name: DatabaseName;
  /** What a MariaDB is made with. */
  readonly charset?: string;
  /** On top of the options that lead to the database. Returns what has to be undone. */
  readonly set?: (database: TestDatabase) => Promise<{ options: object; undo?: () => Promise<void> }>;
  /** By other means than `new DataSource()`. */
  readonly open?: (database: TestDatabase) => Promise<DataSource>;
}

/** A database as it comes, a variation of one, or one that is there already. */
export type Place = DatabaseName | Variation | Ground;

/** A database of its own for one contract, and two data sources on it, as two processes have them. */
export class Ground {
  readonly name: DatabaseName;
  private readonly variation: Variation;
  private database: TestDatabase;
  private folder: string | undefined;
  private set: Awaited<ReturnType<NonNullable<Variation['set']>>> | undefined;
  private readonly opened: DataSource[] = [];
  here: DataSource;
  there: DataSource;
  /** Sees what is in the database, and lays hands on it: no replica, no cache answers it. */
  witness: DataSource;

  private constructor(where: DatabaseName | Variation) {
    this.variation = typeof where === 'string' ? { name: where } : where;
    this.name = this.variation.name;
  }

  /** Opens it before the tests of this `describe`, and drops it after them. */
  static of(where: Place): Ground {
    if (where instanceof Ground) return where;
    const ground = new Ground(where);
    beforeAll(() => ground.open());
    afterAll(() => ground.drop());
    return ground;
  }

  /** Another data source on the same database. */
  async connect(extra: object = {}): Promise<DataSource> {
    const { options } = this.database;
    const place = this.folder && { database: join(this.folder, 'stores.sqlite'), enableWAL: true };
    const dataSource = await (this.variation.open ?? openDatabase)({
      ...this.database,
      options: { ...options, ...place, ...this.set?.options, ...extra } as TestDatabase['options'],
    });
    this.opened.push(dataSource);
    return dataSource;
  }

  /** Both ends by turns, as if a load balancer were before them. */
  async both<T>(times: number, work: (stores: Stores, index: number) => Promise<T>): Promise<T[]> {
    const [here, there] = [storesOn(this.here), storesOn(this.there)];
    return Promise.all(Array.from({ length: times }, (_, index) => work(index % 2 === 0 ? here : there, index)));
  }

  private async open(): Promise<void> {
    // Each connection to SQLite's :memory: has a database of its own.
    if (this.name === 'SQLite') this.folder = await mkdtemp(join(tmpdir(), 'stores-'));
    this.database = await createDatabase(this.name, this.variation.charset);
    this.set = await this.variation.set?.(this.database);
    this.here = await this.connect();
    this.there = await this.connect();
    const { url } = this.database;
    const direct = { replication: undefined, cache: false, ...(url !== undefined && { url }) };
    this.witness = this.set ? await this.connect(direct) : this.here;
  }

  private async drop(): Promise<void> {
    for (const dataSource of this.opened) if (dataSource.isInitialized) await dataSource.destroy();
    await this.set?.undo?.();
    await this.database?.drop();
    if (this.folder) await rm(this.folder, { recursive: true });
  }
}

/** The statements that would turn the tables into what the entities say: what `migration:generate` writes. */
export async function drift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

export const ENTITIES = {
  sessions: ConnectSessionEntity,
  transactions: ConnectTransactionEntity,
  links: ConnectLinkEntity,
  apiAccessTokens: ApiAccessTokenEntity,
  connectionTokens: ConnectionTokenEntity,
  replays: ReplayEntity,
} satisfies Record<string, EntityTarget<ObjectLiteral>>;

/** The rows as the database has them. */
export async function rawRows(
  dataSource: DataSource,
  entity: EntityTarget<ObjectLiteral>,
): Promise<Record<string, unknown>[]> {
  return dataSource.query(`SELECT * FROM ${tableOf(dataSource, entity)}`);
}

/** How many rows of each kind belong to a session. */
export async function rowsOf(dataSource: DataSource, sessionId: string): Promise<Record<string, number>> {
  return {
    sessions: await dataSource.getRepository(ConnectSessionEntity).countBy({ id: sessionId }),
    transactions: await dataSource.getRepository(ConnectTransactionEntity).countBy({ sessionId }),
    apiAccessTokens: await dataSource.getRepository(ApiAccessTokenEntity).countBy({ sessionId }),
    connectionTokens: await dataSource.getRepository(ConnectionTokenEntity).countBy({ sessionId }),
  };
}

export const NO_ROWS = { sessions: 0, transactions: 0, apiAccessTokens: 0, connectionTokens: 0 };

export function newSession(given: Partial<NewSession> = {}): NewSession {
  const now = Date.now();
  return {
    id: digest('session', randomToken()),
    issuerOrigin: 'https://tenant.example',
    userKey: digest('user', randomToken()),
    userId: 'auth0|alice',
    claims: { sub: given.userId ?? 'auth0|alice', name: 'Alice' },
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + DAY,
    absoluteExpiresAt: now + 3 * DAY,
    refreshToken: 'the first refresh token',
    idToken: 'the first ID token',
    ...given,
  };
}

export async function insertSession(stores: Stores, given: Partial<NewSession> = {}): Promise<NewSession> {
  const session = newSession(given);
  await stores.sessions.insert(session);
  return session;
}

const REQUESTED_SCOPES = ['openid', 'read:events'];

/** A slot that either kind of token fits. */
export type Slot = ConnectionTokenKey & ApiAccessTokenKey;

export function slotOf({ id, userKey }: Pick<NewSession, 'id' | 'userKey'>, label: string): Slot {
  return {
    owner: id,
    id: apiAccessTokenId(label, REQUESTED_SCOPES),
    userKey,
    sessionId: id,
    connection: label,
    loginHintKey: '',
    audience: label,
    requestedScopes: REQUESTED_SCOPES,
  };
}

export function newToken(given: Partial<StoredToken> = {}): StoredToken {
  const now = Date.now();
  return {
    accessToken: `access token ${randomToken()}`,
    scopes: ['openid', 'read:events'],
    obtainedAt: now,
    expiresAt: now + HOUR,
    ...given,
  };
}

/** @returns whether the lease was to be had */
export async function takesLease(
  store: TokenStore<Slot>,
  slot: Slot,
  lease: string,
  leaseExpiresAt: number,
  abandoned?: SeenLease,
): Promise<boolean> {
  return (await store.claim(slot, { lease, leaseExpiresAt }, abandoned))?.lease === lease;
}

/** As after an exchange. */
export async function storeToken(store: TokenStore<Slot>, slot: Slot, given: Partial<StoredToken> = {}) {
  const token = newToken(given);
  const lease = randomToken();
  const now = Date.now();
  if (!(await takesLease(store, slot, lease, now + HOUR))) throw new Error('the lease is not to be had');
  if (!(await store.complete(slot, lease, token))) throw new Error('the token was not stored');
  return token;
}

export async function tokenIn(store: TokenStore<Slot>, slot: Slot): Promise<string | undefined> {
  return (await store.find(slot))?.token?.accessToken;
}

export function newTransaction(given: Partial<StoredTransaction> = {}): StoredTransaction {
  const now = Date.now();
  return {
    id: digest('state', randomToken()),
    owner: digest('browser', randomToken()),
    transaction: {
      kind: 'login',
      startedAt: 1,
      issuerOrigin: 'https://tenant.example',
      codeVerifier: 'a code verifier',
      nonce: 'a nonce',
      redirectUri: 'https://app.example/auth/callback',
      returnTo: '/',
      scope: 'openid',
    },
    createdAt: now,
    expiresAt: now + HOUR,
    ...given,
  };
}

/** A pending connect of a session. */
export function newConnect(session: NewSession, given: Partial<StoredTransaction> = {}): StoredTransaction {
  return newTransaction({
    owner: digest('session', session.id),
    sessionId: session.id,
    transaction: {
      kind: 'connect',
      issuerOrigin: 'https://tenant.example',
      authSession: 'an auth session',
      codeVerifier: 'a code verifier',
      connection: 'github',
      scopes: [],
      redirectUri: 'https://app.example/auth/callback',
      returnTo: '/',
    },
    ...given,
  });
}

/** A link that nobody has opened. */
export function newLink(given: Partial<StoredConnectLink> & { userKey?: string } = {}): StoredConnectLink {
  const { userKey = digest('user', randomToken()), ...link } = given;
  const now = Date.now();
  const token = randomToken();
  return {
    id: digest(token),
    token,
    need: {
      userKey,
      issuerOrigin: 'https://tenant.example',
      connection: 'github',
      scopes: ['repo'],
      loginHint: 'octocat',
      appBaseUrl: 'https://app.example',
    },
    createdAt: now,
    expiresAt: now + 600 * SECOND,
    state: 'pending',
    ...link,
  };
}
