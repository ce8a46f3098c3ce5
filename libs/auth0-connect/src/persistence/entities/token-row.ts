import { Column, ForeignKey, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from './epoch-milliseconds.js';
import { ConnectSessionEntity } from './session.entity.js';

/**
 * A token and the right to obtain it. The row is there before the token is: who holds its lease asks Auth0, everybody
 * else waits for the row to change. A deleted row takes the lease along, so that a late answer is not stored.
 */
export abstract class TokenRow {
  /** The session's id, or the user's key where no session is there. */
  @PrimaryColumn({ name: 'owner', type: 'varchar', length: 64 })
  owner: string;

  /** Digest of what tells the tokens of one owner apart. */
  @PrimaryColumn({ name: 'slot', type: 'varchar', length: 64 })
  slot: string;

  @Column({ name: 'user_key', type: 'varchar', length: 64 })
  userKey: string;

  /** A token goes with its session. */
  @ForeignKey(() => ConnectSessionEntity, { onDelete: 'CASCADE' })
  @Column({ name: 'session_id', type: 'varchar', length: 64, nullable: true })
  sessionId: string | null;

  /** With all that is known of it, JSON. Sealed; null while it is obtained for the first time. */
  @Column({ name: 'access_token', type: 'text', nullable: true })
  accessToken: string | null;

  /** Granted scopes, separated by spaces; null where Auth0 did not say. */
  @Column({ name: 'scopes', type: 'text', nullable: true })
  scopes: string | null;

  @Column(epochMilliseconds('obtained_at', { nullable: true }))
  obtainedAt: number | null;

  @Column(epochMilliseconds('expires_at', { nullable: true }))
  expiresAt: number | null;

  @Column({ name: 'lease', type: 'varchar', length: 43, nullable: true })
  lease: string | null;

  @Column(epochMilliseconds('lease_expires_at', { nullable: true }))
  leaseExpiresAt: number | null;

  /** How the exchange under `failedLease` failed, JSON, for those who waited for it. */
  @Column({ name: 'failure', type: 'text', nullable: true })
  failure: string | null;

  @Column({ name: 'failed_lease', type: 'varchar', length: 43, nullable: true })
  failedLease: string | null;

  /** When nobody needs the row any more. */
  @Column(epochMilliseconds('purge_at'))
  purgeAt: number;
}
