import {
  In,
  type EntityTarget,
  type FindOptionsSelect,
  type FindOptionsWhere,
  type QueryDeepPartialEntity,
} from 'typeorm';
import { parseSharedFailure, type SharedFailure } from '../../tokens/shared-failure.js';
import { NO_LEASE, type HeldLease, type SeenLease } from '../../tokens/lease.js';
import type { StoredToken, TokenKey, TokenState, TokenStore } from '../../tokens/ports.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import type { TokenRow } from '../entities/token-row.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import { PreparedFind } from '../statements/prepared-find.js';
import { placeIn, type TABLES } from '../tables.js';
import { PreparedUpdate } from '../statements/prepared-update.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { fromSealedToken, toSealedToken } from '../sealing/sealed-token.js';
import type { SealedPlace } from '../../ports/token-cipher.js';

/** A row without a token is kept so long after its lease, for those who still look at it. */
const KEEP_EMPTY_ROW_MS = 60 * 60 * 1000;

/** Each takes two parameters, of which SQLite knows 32,766. */
const MOST_LEASES_IN_STATEMENT = 1000;

/** What the state of a token is made of. */
const STATE_COLUMNS = [
  'owner',
  'slot',
  'accessToken',
  'expiresAt',
  'lease',
  'leaseExpiresAt',
  'failure',
  'failedLease',
] as const satisfies (keyof TokenRow)[];

/** What the end of a lease changes, whatever comes of it. */
const RELEASED = { lease: null, leaseExpiresAt: null, failure: null, failedLease: null };
const LEASE_COLUMNS = Object.keys(RELEASED) as (keyof typeof RELEASED)[];

const TOKEN_COLUMNS = [
  'accessToken',
  'scopes',
  'obtainedAt',
  'expiresAt',
  'purgeAt',
] as const satisfies (keyof TokenRow)[];

const byHolder = (nameOf: (property: keyof TokenRow) => string): string =>
  `${nameOf('owner')} = ? AND ${nameOf('slot')} = ? AND ${nameOf('lease')} = ?`;

export type StateRow = Pick<TokenRow, (typeof STATE_COLUMNS)[number]>;

/** What API access tokens and connection tokens have in common: keys, leases, sealed tokens. */
export abstract class TypeOrmTokenStore<Key extends TokenKey, Row extends TokenRow> implements TokenStore<Key> {
  protected readonly rows: Rows<Row>;
  private readonly byKey: PreparedFind<Row, keyof Row & string>;
  private readonly claimLease: PreparedUpdate<TokenRow, 'lease' | 'leaseExpiresAt'>;
  private readonly renewLease: PreparedUpdate<TokenRow, 'leaseExpiresAt'>;
  private readonly releaseLease: PreparedUpdate<TokenRow, keyof typeof RELEASED>;
  private readonly storeToken: PreparedUpdate<Row, keyof Row & string>;

  constructor(
    private readonly database: Database,
    private readonly table: typeof TABLES.apiAccessTokens | typeof TABLES.connectionTokens,
    private readonly sealed: SealedColumns,
    private readonly maxPerOwner: number,
    /** Columns of the state that only this kind of row has. */
    ownColumns: readonly (keyof Row & string)[] = [],
  ) {
    const entity = table.entity as unknown as EntityTarget<Row>;
    this.rows = new Rows(database, entity);
    this.byKey = new PreparedFind(database, entity, [...STATE_COLUMNS, ...ownColumns], ['owner', 'slot']);
    const anyRow = entity as EntityTarget<TokenRow>;
    this.claimLease = new PreparedUpdate(database, anyRow, ['lease', 'leaseExpiresAt'], (nameOf) => {
      const isAbandoned = `${nameOf('lease')} = ? AND ${nameOf('leaseExpiresAt')} = ?`;
      const isFree = `${nameOf('lease')} IS NULL OR (${isAbandoned})`;
      return `${nameOf('owner')} = ? AND ${nameOf('slot')} = ? AND (${isFree})`;
    });
    this.renewLease = new PreparedUpdate(database, anyRow, ['leaseExpiresAt'], byHolder);
    this.releaseLease = new PreparedUpdate(database, anyRow, LEASE_COLUMNS, byHolder);
    const kept = [...LEASE_COLUMNS, ...TOKEN_COLUMNS, ...ownColumns];
    this.storeToken = new PreparedUpdate(database, entity, kept, byHolder);
  }

  /** The columns that tell people what the token is for. */
  protected abstract labels(key: Key): Partial<Row>;

  /** Columns that only this kind of row has. */
  protected tokenColumns(_token: StoredToken): Partial<Row> {
    return {};
  }

  async find({ owner, id }: Key): Promise<TokenState | undefined> {
    const row = await this.byKey.find(owner, id);
    return row && this.toState(row);
  }

  async claim(key: Key, lease: SeenLease, abandoned: SeenLease = NO_LEASE): Promise<TokenState | undefined> {
    await this.claimLease.run(lease, key.owner, key.id, abandoned.lease, abandoned.leaseExpiresAt);
    return (await this.find(key)) ?? (await this.insertClaimed(key, lease));
  }

  async heldAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>> {
    const held = new Map<string, number>();
    for (let start = 0; start < leases.length; start += MOST_LEASES_IN_STATEMENT) {
      const some = leases.slice(start, start + MOST_LEASES_IN_STATEMENT);
      const rows = await this.rows.find({
        select: { owner: true, slot: true, lease: true, leaseExpiresAt: true } as FindOptionsSelect<Row>,
        where: {
          owner: In(some.map(({ owner }) => owner)), // by which the rows are found
          lease: In(some.map(({ lease }) => lease)),
        } as FindOptionsWhere<Row>,
      });
      for (const { lease, leaseExpiresAt } of rows) if (lease !== null) held.set(lease, leaseExpiresAt ?? 0);
    }
    return held;
  }

  async renew(key: Key, { lease, leaseExpiresAt }: SeenLease): Promise<boolean> {
    return (await this.renewLease.run({ leaseExpiresAt }, key.owner, key.id, lease)) === 1;
  }

  async complete(key: Key, lease: string, token: StoredToken | undefined): Promise<boolean> {
    const holder = [key.owner, key.id, lease];
    if (!token) return (await this.releaseLease.run(RELEASED, ...holder)) === 1;
    const { obtainedAt, expiresAt } = token;
    const accessToken = await this.sealed.sealText(toSealedToken(token), this.place(key));
    const scopes = token.scopes?.join(' ') ?? null;
    const row = { ...RELEASED, accessToken, scopes, obtainedAt, expiresAt, purgeAt: expiresAt };
    return (await this.storeToken.run({ ...row, ...this.tokenColumns(token) } as Row, ...holder)) === 1;
  }

  async fail(key: Key, lease: string, failure: SharedFailure): Promise<void> {
    const ended = { ...RELEASED, failure: JSON.stringify(failure), failedLease: lease };
    await this.releaseLease.run(ended, key.owner, key.id, lease);
  }

  protected async toState(row: StateRow): Promise<TokenState> {
    const sealed = await this.sealed.open(row.accessToken, this.place({ owner: row.owner, id: row.slot }));
    const token = sealed === undefined ? undefined : fromSealedToken(sealed, row.expiresAt);
    const failure = parseSharedFailure(row.failure);
    return {
      ...(token && { token }),
      ...(row.lease !== null && { lease: row.lease, leaseExpiresAt: row.leaseExpiresAt ?? 0 }),
      ...(row.failedLease !== null && failure && { failure: { lease: row.failedLease, failure } }),
    };
  }

  protected at({ owner, id: slot }: TokenKey): FindOptionsWhere<Row> {
    return { owner, slot } as FindOptionsWhere<Row>;
  }

  /** The first one for this key makes the row. The session's foreign key refuses it when the session has ended. */
  private async insertClaimed(key: Key, { lease, leaseExpiresAt }: SeenLease): Promise<TokenState | undefined> {
    const row = {
      ...this.labels(key),
      owner: key.owner,
      slot: key.id,
      userKey: key.userKey,
      sessionId: key.sessionId ?? null,
      lease,
      leaseExpiresAt,
      purgeAt: leaseExpiresAt + KEEP_EMPTY_ROW_MS,
    };
    try {
      await this.rows.insertOrIgnore(row as unknown as QueryDeepPartialEntity<Row>);
    } catch (error) {
      if (key.sessionId === undefined || (await this.sessionExists(key.sessionId))) throw error;
      return undefined;
    }
    const state = await this.find(key);
    if (state?.lease === lease) await this.trim(key);
    return state;
  }

  private async sessionExists(id: string): Promise<boolean> {
    return new Rows(this.database, ConnectSessionEntity).exists({ id });
  }

  private async trim({ owner, id: slot }: TokenKey): Promise<void> {
    const where = { owner } as FindOptionsWhere<Row>;
    if ((await this.rows.count(where)) <= this.maxPerOwner) return;
    const rows = await this.rows.find({ where });
    const surplus = rows
      .filter((row) => row.slot !== slot && row.lease === null)
      .toSorted((a, b) => (a.obtainedAt ?? 0) - (b.obtainedAt ?? 0))
      .slice(0, rows.length - this.maxPerOwner);
    await this.rows.delete({ owner, slot: In(surplus.map((row) => row.slot)) } as FindOptionsWhere<Row>);
  }

  private place({ owner, id }: Pick<TokenKey, 'owner' | 'id'>): SealedPlace {
    return placeIn(this.table, 'accessToken', owner, id);
  }
}
