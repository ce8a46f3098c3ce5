import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from './epoch-milliseconds.js';
import { ConnectSessionEntity } from './session.entity.js';

/** One pending login or connect, found by the digest of its `state`. Used once. */
@Entity({ name: 'auth0_connect_transactions' })
@Index(['owner'])
@Index(['sessionId'])
@Index(['expiresAt'])
export class ConnectTransactionEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id: string;

  @Column({ name: 'instance_key', type: 'varchar', length: 64 })
  instanceKey: string;

  @Column({ name: 'kind', type: 'varchar', length: 16 })
  kind: 'login' | 'connect';

  /** Who may complete it: digest of the browser's id for a login, of session or user for a connect. */
  @Column({ name: 'owner', type: 'varchar', length: 64 })
  owner: string;

  /** A connect goes with its session. */
  @ForeignKey(() => ConnectSessionEntity, { onDelete: 'CASCADE' })
  @Column({ name: 'session_id', type: 'varchar', length: 64, nullable: true })
  sessionId: string | null;

  /** PKCE verifier, nonce, auth_session and the rest, also whose it is and until when. Sealed. */
  @Column({ name: 'payload', type: 'text' })
  payload: string;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;
}
