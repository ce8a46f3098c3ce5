import { In, LessThanOrEqual, MoreThan, type FindOptionsWhere } from 'typeorm';
import type { UserClaims } from '../../session/user-claims.js';
import type {
  NewSession,
  RemovedSession,
  RemovedSessions,
  SessionCredentials,
  SessionRecord,
  SessionStore,
} from '../../session/ports.js';
import { NO_LEASE, type HeldLease, type SeenLease } from '../../tokens/lease.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import { PreparedFind } from '../statements/prepared-find.js';
import { placeIn, placeOfSession, TABLES } from '../tables.js';
import { PreparedUpdate } from '../statements/prepared-update.js';
import { NO_CACHE, type SessionChanges } from '../session-reading/session-changes.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { fromSealedSession, toSealedSession } from '../sealing/sealed-session.js';
import { OrphanTokenCleaner } from '../maintenance/orphan-token.cleaner.js';

/** What of a record is in columns of its own; all else is sealed among the claims. */
const SESSION_RECORD_COLUMNS = ['id', 'claims', 'lastUsedAt', 'expiresAt'] as const;
const LEASE_COLUMNS = ['refreshLease', 'refreshLeaseExpiresAt'] as const;
const CREDENTIAL_COLUMNS = ['refreshToken', 'idToken', 'dpopKey', 'grantVersion', 'loginRequired'] as const;
const KEY = ['id', 'instanceKey'] as const;
type RecordRow = Pick<ConnectSessionEntity, (typeof SESSION_RECORD_COLUMNS)[number]>;
const RECORD = Object.fromEntries(SESSION_RECORD_COLUMNS.map((column) => [column, true]));

export class TypeOrmSessionStore implements SessionStore {
  private readonly sessions: Rows<ConnectSessionEntity>;
  private readonly records: PreparedFind<ConnectSessionEntity, (typeof SESSION_RECORD_COLUMNS)[number]>;
  private readonly credentials: PreparedFind<ConnectSessionEntity, (typeof CREDENTIAL_COLUMNS)[number]>;
  private readonly claimLease: PreparedUpdate<ConnectSessionEntity, (typeof LEASE_COLUMNS)[number]>;
  private readonly refreshLeases: PreparedFind<ConnectSessionEntity, (typeof LEASE_COLUMNS)[number]>;

  constructor(
    database: Database,
    private readonly sealed: SealedColumns,
    private readonly instanceKey: string,
    private readonly sessionless = new OrphanTokenCleaner(database, false),
    private readonly changes: SessionChanges = NO_CACHE,
  ) {
    this.sessions = new Rows(database, ConnectSessionEntity);
    this.records = new PreparedFind(database, ConnectSessionEntity, SESSION_RECORD_COLUMNS, KEY);
    this.credentials = new PreparedFind(database, ConnectSessionEntity, CREDENTIAL_COLUMNS, KEY);
    this.claimLease = new PreparedUpdate(database, ConnectSessionEntity, LEASE_COLUMNS, (nameOf) => {
      const isAbandoned = `${nameOf('refreshLease')} = ? AND ${nameOf('refreshLeaseExpiresAt')} = ?`;
      const isFree = `${nameOf('refreshLease')} IS NULL OR (${isAbandoned})`;
      return `${nameOf('id')} = ? AND ${nameOf('instanceKey')} = ? AND (${isFree})`;
    });
    this.refreshLeases = new PreparedFind(database, ConnectSessionEntity, LEASE_COLUMNS, KEY);
  }

  async insert({ refreshToken, idToken, dpopKey, ...session }: NewSession): Promise<void> {
    await this.sessions.insert({
      ...session,
      claims: await this.sealed.sealText(toSealedSession(session, this.instanceKey), placeOfSession(session.id)),
      instanceKey: this.instanceKey,
      sidKey: session.sidKey ?? null,
      dpopKey: await this.sealed.seal(dpopKey, placeIn(TABLES.sessions, 'dpopKey', session.id)),
      refreshToken: await this.sealed.seal(refreshToken, placeIn(TABLES.sessions, 'refreshToken', session.id)),
      idToken: await this.sealed.seal(idToken, placeIn(TABLES.sessions, 'idToken', session.id)),
      grantVersion: 1,
      loginRequired: false,
      refreshLease: null,
      refreshLeaseExpiresAt: null,
    });
  }

  async find(id: string): Promise<SessionRecord | undefined> {
    const row = await this.records.find(id, this.instanceKey);
    return row && this.toRecord(row);
  }

  async findLiveAmong(ids: readonly string[], now: number): Promise<string[]> {
    const where = { id: In(ids), instanceKey: this.instanceKey, expiresAt: MoreThan(now) };
    return (await this.sessions.find({ select: { id: true }, where })).map(({ id }) => id);
  }

  async touch({ id, lastUsedAt: seen }: SessionRecord, lastUsedAt: number, expiresAt: number): Promise<void> {
    await this.sessions.update({ id, lastUsedAt: seen }, { lastUsedAt, expiresAt });
    this.changes.sessionChanged(id);
  }

  async delete(id: string): Promise<RemovedSession | undefined> {
    return (await this.remove({ id, instanceKey: this.instanceKey })).sessions[0];
  }

  async findByUser(userKey: string): Promise<SessionRecord[]> {
    const order = { createdAt: 'DESC', id: 'ASC' } as const;
    const rows = await this.sessions.find({ select: RECORD, where: { userKey, instanceKey: this.instanceKey }, order });
    const records = await Promise.all(rows.map((row) => this.toRecord(row)));
    return records.filter((record) => record !== undefined).filter((record) => record.userKey === userKey);
  }

  async deleteByUser(userKey: string, createdUntil?: number): Promise<RemovedSessions> {
    const until = createdUntil !== undefined && { createdAt: LessThanOrEqual(createdUntil) };
    // Also of a user who has no session: callers of an API need none.
    return this.remove({ userKey, ...until }, [userKey]);
  }

  async deleteBySid(sidKey: string, createdUntil: number): Promise<RemovedSessions> {
    return this.remove({ sidKey, createdAt: LessThanOrEqual(createdUntil) });
  }

  async readCredentials(id: string): Promise<SessionCredentials | undefined> {
    const row = await this.credentials.find(id, this.instanceKey);
    if (!row) return undefined;
    const refreshToken = await this.sealed.open(row.refreshToken, placeIn(TABLES.sessions, 'refreshToken', id));
    const dpopKey = await this.sealed.open(row.dpopKey, placeIn(TABLES.sessions, 'dpopKey', id));
    return {
      refreshToken,
      dpopKey,
      idToken: await this.sealed.open(row.idToken, placeIn(TABLES.sessions, 'idToken', id)),
      version: row.grantVersion,
      // What cannot be opened is as good as gone: only a login brings a new one.
      loginRequired:
        row.loginRequired ||
        (row.refreshToken !== null && refreshToken === undefined) ||
        (row.dpopKey !== null && dpopKey === undefined),
    };
  }

  async readDpopKey(id: string): Promise<string | undefined> {
    const row = await this.credentials.find(id, this.instanceKey);
    return row ? this.sealed.open(row.dpopKey, placeIn(TABLES.sessions, 'dpopKey', id)) : undefined;
  }

  async storeCredentials(
    id: string,
    seenVersion: number,
    { refreshToken, idToken }: { refreshToken?: string; idToken?: string },
  ): Promise<boolean> {
    const updated = await this.sessions.update(
      { id, grantVersion: seenVersion },
      {
        ...(refreshToken !== undefined && {
          refreshToken: await this.sealed.seal(refreshToken, placeIn(TABLES.sessions, 'refreshToken', id)),
          grantVersion: seenVersion + 1,
        }),
        ...(idToken !== undefined && {
          idToken: await this.sealed.seal(idToken, placeIn(TABLES.sessions, 'idToken', id)),
        }),
      },
    );
    return updated === 1;
  }

  async markLoginRequired(id: string, seenVersion: number): Promise<void> {
    await this.sessions.update({ id, grantVersion: seenVersion }, { loginRequired: true, refreshToken: null });
  }

  async deleteRefused(id: string, seenVersion: number): Promise<RemovedSession | undefined> {
    return (await this.remove({ id, instanceKey: this.instanceKey, grantVersion: seenVersion })).sessions[0];
  }

  async storeClaims(session: SessionRecord, claims: UserClaims): Promise<void> {
    const { id } = session;
    const text = toSealedSession({ ...session, claims }, this.instanceKey);
    const sealed = await this.sealed.sealText(text, placeOfSession(id));
    await this.sessions.update({ id, instanceKey: this.instanceKey }, { claims: sealed });
    this.changes.sessionChanged(id);
  }

  async claimRefreshLease(
    id: string,
    { lease, leaseExpiresAt }: SeenLease,
    abandoned: SeenLease = NO_LEASE,
  ): Promise<SeenLease | { lease?: undefined } | undefined> {
    await this.claimLease.run(
      { refreshLease: lease, refreshLeaseExpiresAt: leaseExpiresAt },
      id,
      this.instanceKey,
      abandoned.lease,
      abandoned.leaseExpiresAt,
    );
    const row = await this.refreshLeases.find(id, this.instanceKey);
    if (!row) return undefined;
    return row.refreshLease === null ? {} : { lease: row.refreshLease, leaseExpiresAt: row.refreshLeaseExpiresAt ?? 0 };
  }

  async renewRefreshLease(id: string, { lease, leaseExpiresAt }: SeenLease): Promise<boolean> {
    const updated = await this.sessions.update({ id, refreshLease: lease }, { refreshLeaseExpiresAt: leaseExpiresAt });
    return updated === 1;
  }

  async refreshLeasesAmong(leases: readonly HeldLease[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.sessions.find({
      select: { id: true, refreshLease: true, refreshLeaseExpiresAt: true },
      where: { id: In(leases.map(({ owner }) => owner)), refreshLease: In(leases.map(({ lease }) => lease)) },
    });
    return new Map(rows.map((row) => [row.refreshLease ?? '', row.refreshLeaseExpiresAt ?? 0]));
  }

  async releaseRefreshLease(id: string, lease: string): Promise<void> {
    await this.sessions.update({ id, refreshLease: lease }, { refreshLease: null, refreshLeaseExpiresAt: null });
  }

  /**
   * What goes with a session goes by the foreign key; what goes with no session but with its user, by hand.
   * @param users whose rows end too, whether or not they have a session
   */
  private async remove(
    where: FindOptionsWhere<ConnectSessionEntity>,
    users: readonly string[] = [],
  ): Promise<RemovedSessions> {
    const select = { id: true, userId: true, issuerOrigin: true, userKey: true };
    const ending = await this.sessions.find({ select, where });
    const count = await this.sessions.delete(where);
    for (const { id } of ending) this.changes.sessionChanged(id);
    await this.sessionless.removeWithoutSession([...users, ...ending.map(({ userKey }) => userKey)]);
    return { count, sessions: count === 0 ? [] : ending };
  }

  /** Undefined for a row that was not written with our secret, or not for this id and instance. */
  private async toRecord({ id, claims, ...times }: RecordRow): Promise<SessionRecord | undefined> {
    const json = await this.sealed.open(claims, placeOfSession(id));
    return json === undefined ? undefined : fromSealedSession(id, json, this.instanceKey, times);
  }
}
