import type { DataSource, Repository } from 'typeorm';
import type { NewSession, SessionGrant, SessionRecord, SessionStore } from '../../session/ports.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import type { SealedPlace } from '../../shared/token-cipher.js';

/** What a request needs to know of a session: no secret among it. */
export const SESSION_RECORD_COLUMNS = [
  'id',
  'domain',
  'userKey',
  'userId',
  'claims',
  'createdAt',
  'lastUsedAt',
  'expiresAt',
  'absoluteExpiresAt',
] as const satisfies (keyof ConnectSessionEntity & keyof SessionRecord)[];

const RECORD = Object.fromEntries(SESSION_RECORD_COLUMNS.map((column) => [column, true]));

export class TypeOrmSessionStore implements SessionStore {
  private readonly sessions: Repository<ConnectSessionEntity>;

  constructor(
    dataSource: DataSource,
    private readonly sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {
    this.sessions = dataSource.getRepository(ConnectSessionEntity);
  }

  async insert({ refreshToken, idToken, ...session }: NewSession): Promise<void> {
    await this.sessions.insert({
      ...session,
      instanceKey: this.instanceKey,
      sidKey: session.sidKey ?? null,
      dpopKey: null,
      refreshToken: await this.sealed.seal(refreshToken, place(session.id, 'refresh_token')),
      idToken: await this.sealed.seal(idToken, place(session.id, 'id_token')),
      grantVersion: 1,
      loginRequired: false,
      refreshLease: null,
      refreshLeaseExpiresAt: null,
    });
  }

  async find(id: string): Promise<SessionRecord | undefined> {
    return (await this.sessions.findOne({ select: RECORD, where: { id, instanceKey: this.instanceKey } })) ?? undefined;
  }

  async touch({ id, lastUsedAt: seen }: SessionRecord, lastUsedAt: number, expiresAt: number): Promise<void> {
    await this.sessions.update({ id, lastUsedAt: seen }, { lastUsedAt, expiresAt });
  }

  async delete(id: string): Promise<boolean> {
    const { affected } = await this.sessions.delete({ id, instanceKey: this.instanceKey });
    return affected === 1;
  }

  async findByUser(userKey: string): Promise<SessionRecord[]> {
    return this.sessions.find({ select: RECORD, where: { userKey }, order: { createdAt: 'DESC', id: 'ASC' } });
  }

  async deleteByUser(userKey: string): Promise<number> {
    const { affected } = await this.sessions.delete({ userKey });
    return affected ?? 0;
  }

  async readGrant(id: string): Promise<SessionGrant | undefined> {
    const row = await this.sessions.findOne({
      select: { id: true, refreshToken: true, idToken: true, grantVersion: true, loginRequired: true },
      where: { id, instanceKey: this.instanceKey },
    });
    if (!row) return undefined;
    const refreshToken = await this.sealed.open(row.refreshToken, place(id, 'refresh_token'));
    return {
      refreshToken,
      idToken: await this.sealed.open(row.idToken, place(id, 'id_token')),
      version: row.grantVersion,
      // A refresh token that cannot be opened is as good as none: only a login brings a new one.
      loginRequired: row.loginRequired || (row.refreshToken !== null && refreshToken === undefined),
    };
  }

  async storeGrant(
    id: string,
    seenVersion: number,
    { refreshToken, idToken }: { refreshToken?: string; idToken?: string },
  ): Promise<boolean> {
    const { affected } = await this.sessions.update(
      { id, grantVersion: seenVersion },
      {
        ...(refreshToken !== undefined && {
          refreshToken: await this.sealed.seal(refreshToken, place(id, 'refresh_token')),
          grantVersion: seenVersion + 1,
        }),
        ...(idToken !== undefined && { idToken: await this.sealed.seal(idToken, place(id, 'id_token')) }),
      },
    );
    return affected === 1;
  }

  async markLoginRequired(id: string, seenVersion: number): Promise<void> {
    await this.sessions.update({ id, grantVersion: seenVersion }, { loginRequired: true, refreshToken: null });
  }

  async claimRefreshLease(id: string, lease: string, now: number, leaseExpiresAt: number): Promise<boolean> {
    const { affected } = await this.sessions
      .createQueryBuilder()
      .update()
      .set({ refreshLease: lease, refreshLeaseExpiresAt: leaseExpiresAt })
      .where({ id, instanceKey: this.instanceKey })
      .andWhere('(refresh_lease IS NULL OR refresh_lease_expires_at <= :now)', { now })
      .execute();
    return affected === 1;
  }

  async renewRefreshLease(id: string, lease: string, leaseExpiresAt: number): Promise<boolean> {
    const { affected } = await this.sessions.update(
      { id, refreshLease: lease },
      { refreshLeaseExpiresAt: leaseExpiresAt },
    );
    return affected === 1;
  }

  async releaseRefreshLease(id: string, lease: string): Promise<void> {
    await this.sessions.update({ id, refreshLease: lease }, { refreshLease: null, refreshLeaseExpiresAt: null });
  }
}

function place(row: string, column: 'refresh_token' | 'id_token'): SealedPlace {
  return { table: 'sessions', column, row };
}
