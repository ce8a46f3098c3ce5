import { In, IsNull, Not } from 'typeorm';
import type { ConnectionTokenKey, ConnectionTokenStore } from '../../accounts/ports.js';
import type { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { digest } from '../../shared/digest.js';
import type { StoredToken } from '../../tokens/ports.js';
import { NO_CACHE, type SessionChanges } from '../session-reading/session-changes.js';
import type { Database } from '../statements/database.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { TABLES } from '../tables.js';
import { TypeOrmTokenStore } from './token.store.js';

export class TypeOrmConnectionTokenStore
  extends TypeOrmTokenStore<ConnectionTokenKey, ConnectionTokenEntity>
  implements ConnectionTokenStore
{
  constructor(
    database: Database,
    sealed: SealedColumns,
    maxPerOwner: number,
    private readonly changes: SessionChanges = NO_CACHE,
  ) {
    super(database, TABLES.connectionTokens, sealed, maxPerOwner);
  }

  override async complete(key: ConnectionTokenKey, lease: string, token: StoredToken | undefined): Promise<boolean> {
    const stored = await super.complete(key, lease, token);
    if (key.sessionId !== undefined) this.changes.sessionChanged(key.sessionId);
    return stored;
  }

  async forget({ userKey, connection }: ConnectionTokenKey): Promise<boolean> {
    const stored = { userKey, connectionKey: digest(connection), accessToken: Not(IsNull()) };
    const forgotten = await this.rows.update(stored, { accessToken: null, expiresAt: null });
    this.changes.userChanged();
    return forgotten > 0;
  }

  async removeConnection(userKey: string, connection: string): Promise<void> {
    await this.rows.delete({ userKey, connectionKey: digest(connection) });
    this.changes.userChanged();
  }

  async removeUser(userKey: string): Promise<void> {
    await this.rows.delete({ userKey });
    this.changes.userChanged();
  }

  async keepConnected(userKey: string, connected: readonly string[], among?: readonly string[]): Promise<void> {
    const rows = await this.rows.find({
      select: { owner: true, slot: true, connection: true, loginHintKey: true },
      where: { userKey },
    });
    // Who asks by login hint has several accounts: of a token nobody here knows whether its account is still among them.
    const doubtful = rows.filter(({ loginHintKey }) => loginHintKey !== '').map(({ connection }) => connection);
    const gone = rows.filter(
      ({ connection }) =>
        (!connected.includes(connection) || doubtful.includes(connection)) &&
        (among === undefined || among.includes(connection)),
    );
    if (gone.length === 0) return;
    await this.rows.delete({ userKey, connectionKey: In(gone.map(({ connection }) => digest(connection))) });
    this.changes.userChanged();
  }

  protected labels({ connection, loginHintKey }: ConnectionTokenKey): Partial<ConnectionTokenEntity> {
    return { connection, connectionKey: digest(connection), loginHintKey };
  }
}
