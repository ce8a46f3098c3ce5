import { Column, Entity, Index } from 'typeorm';
import { TokenRow } from './token-row.js';

/** A provider's access token of one user, for one connection and login hint. */
@Entity({ name: 'auth0_connect_connection_tokens' })
@Index(['sessionId'])
@Index(['userKey'])
@Index(['purgeAt'])
export class ConnectionTokenEntity extends TokenRow {
  @Column({ name: 'connection', type: 'varchar', length: 128 })
  connection: string;

  /** Digest of the name. */
  @Column({ name: 'connection_key', type: 'varchar', length: 64 })
  connectionKey: string;

  /** Digest, empty where none was given. */
  @Column({ name: 'login_hint_key', type: 'varchar', length: 64 })
  loginHintKey: string;
}
