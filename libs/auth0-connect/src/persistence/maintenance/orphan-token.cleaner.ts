import { In, IsNull, type EntityTarget } from 'typeorm';
import { ApiAccessTokenEntity } from '../entities/api-access-token.entity.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import type { TokenRow } from '../entities/token-row.js';

/**
 * Token rows that go with no session: those of API callers and of background work. Unless the application has asked to
 * keep them they end with the last session of their user. Safe to repeat, and for several processes at once.
 */
export class OrphanTokenCleaner {
  constructor(
    private readonly database: Database,
    /** The application works for users who have no session. */
    private readonly keep: boolean,
  ) {}

  /** Sessions of these users have ended: removes the rows of those who have no other one. */
  async removeWithoutSession(userKeys: readonly string[]): Promise<void> {
    if (this.keep || userKeys.length === 0) return;
    const wanted = [...new Set(userKeys)];
    const sessions = new Rows(this.database, ConnectSessionEntity);
    const left = await sessions.find({ select: { id: true, userKey: true }, where: { userKey: In(wanted) } });
    const gone = wanted.filter((userKey) => !left.some((session) => session.userKey === userKey));
    if (gone.length === 0) return;
    for (const entity of [ApiAccessTokenEntity, ConnectionTokenEntity] as EntityTarget<TokenRow>[]) {
      await new Rows(this.database, entity).delete({ userKey: In(gone), sessionId: IsNull() });
    }
  }
}
