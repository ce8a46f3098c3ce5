import { In, type DataSource } from 'typeorm';
import type { ConnectionTokenSlot, ConnectionTokenStore } from '../../accounts/ports.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { TypeOrmTokenStore } from './token.store.js';

export class TypeOrmConnectionTokenStore
  extends TypeOrmTokenStore<ConnectionTokenSlot, ConnectionTokenEntity>
  implements ConnectionTokenStore
{
  constructor(dataSource: DataSource, sealed: SealedColumns, maxPerOwner: number) {
    super(dataSource, ConnectionTokenEntity, 'connection_tokens', sealed, maxPerOwner);
  }

  async forget({ userKey, connection, loginHintKey }: ConnectionTokenSlot): Promise<void> {
    await this.rows.update({ userKey, connection, loginHintKey }, { accessToken: null, expiresAt: null });
  }

  async removeConnection(userKey: string, connection: string): Promise<void> {
    await this.rows.delete({ userKey, connection });
  }

  async removeUser(userKey: string): Promise<void> {
    await this.rows.delete({ userKey });
  }

  async keepConnected(userKey: string, connected: readonly string[], among?: readonly string[]): Promise<void> {
    const rows = await this.rows.find({ select: { owner: true, slot: true, connection: true }, where: { userKey } });
    const gone = rows.filter(
      ({ connection }) => !connected.includes(connection) && (among === undefined || among.includes(connection)),
    );
    if (gone.length > 0) await this.rows.delete({ userKey, connection: In(gone.map(({ connection }) => connection)) });
  }

  protected labels({ connection, loginHintKey }: ConnectionTokenSlot): Partial<ConnectionTokenEntity> {
    return { connection, loginHintKey };
  }
}
