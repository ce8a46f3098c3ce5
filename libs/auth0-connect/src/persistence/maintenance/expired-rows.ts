import { In, IsNull, LessThanOrEqual, Or } from 'typeorm';
import { ApiAccessTokenEntity } from '../entities/api-access-token.entity.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { ReplayEntity } from '../entities/replay.entity.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import { ConnectTransactionEntity } from '../entities/transaction.entity.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import type { ExpiredRows, PurgedSession } from '../../maintenance/ports.js';
import { OrphanTokenCleaner } from './orphan-token.cleaner.js';

/** Removes expired rows in small batches. Any number of processes may do so at once. */
export class TypeOrmExpiredRows implements ExpiredRows {
  constructor(
    private readonly database: Database,
    private readonly sessionless = new OrphanTokenCleaner(database, false),
    /** Whose sessions: what else goes with them is this instance's setting. Undefined: everybody's. */
    private readonly instanceKey?: string,
  ) {}

  async purgeBatch(now: number, size: number, onSession?: (session: PurgedSession) => Promise<void>): Promise<number> {
    return (
      (await this.purgeById(ConnectTransactionEntity, now, size)) +
      (await this.purgeById(ReplayEntity, now, size)) +
      (await this.purgeLinks(now, size)) +
      (await this.purgeSessions(now, size, onSession)) +
      (await this.purgeTokens(ApiAccessTokenEntity, now, size)) +
      (await this.purgeTokens(ConnectionTokenEntity, now, size))
    );
  }

  private async purgeById(
    entity: typeof ConnectTransactionEntity | typeof ReplayEntity,
    now: number,
    size: number,
  ): Promise<number> {
    const rows = new Rows<ConnectTransactionEntity | ReplayEntity>(this.database, entity);
    const expiresAt = LessThanOrEqual(now);
    const found = await rows.find({ select: { id: true }, where: { expiresAt }, take: size });
    if (found.length === 0) return 0;
    return rows.delete({ id: In(found.map(({ id }) => id)), expiresAt });
  }

  private async purgeLinks(now: number, size: number): Promise<number> {
    const rows = new Rows(this.database, ConnectLinkEntity);
    const purgeAt = LessThanOrEqual(now);
    const found = await rows.find({ select: { id: true }, where: { purgeAt }, take: size });
    if (found.length === 0) return 0;
    return rows.delete({ id: In(found.map(({ id }) => id)), purgeAt });
  }

  private async purgeSessions(
    now: number,
    size: number,
    onSession?: (session: PurgedSession) => Promise<void>,
  ): Promise<number> {
    const rows = new Rows(this.database, ConnectSessionEntity);
    const { instanceKey } = this;
    const where = { expiresAt: LessThanOrEqual(now), ...(instanceKey !== undefined && { instanceKey }) };
    const found = await rows.find({
      select: { id: true, userKey: true, userId: true, issuerOrigin: true },
      where,
      take: size,
    });
    if (found.length === 0) return 0;
    // Asked again in the statement that deletes: a session may have been used since we looked.
    const id = In(found.map((session) => session.id));
    const removed = await rows.delete({ ...where, id });
    await this.sessionless.removeWithoutSession(found.map(({ userKey }) => userKey));
    if (!onSession || removed === 0) return removed;
    const left = removed === found.length ? [] : await rows.find({ select: { id: true }, where: { id } });
    const used = new Set(left.map((session) => session.id));
    for (const session of found) if (!used.has(session.id)) await onSession(session);
    return removed;
  }

  private async purgeTokens(
    entity: typeof ApiAccessTokenEntity | typeof ConnectionTokenEntity,
    now: number,
    size: number,
  ): Promise<number> {
    const rows = new Rows<ApiAccessTokenEntity | ConnectionTokenEntity>(this.database, entity);
    const purgeAt = LessThanOrEqual(now);
    const found = await rows.find({ select: { owner: true, slot: true }, where: { purgeAt }, take: size });
    let removed = 0;
    for (const { owner, slot } of found) {
      removed += await rows.delete({ owner, slot, purgeAt, leaseExpiresAt: Or(IsNull(), LessThanOrEqual(now)) });
    }
    return removed;
  }
}
