import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from './epoch-milliseconds.js';

/** One browser's login. Found by the digest of the random id in its cookie; the id itself is stored nowhere. */
@Entity({ name: 'auth0_connect_sessions' })
@Index(['userKey'])
@Index(['sidKey'])
@Index(['expiresAt'])
export class ConnectSessionEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id: string;

  /** Digest of module instance and client: sessions of another one are not ours. */
  @Column({ name: 'instance_key', type: 'varchar', length: 64 })
  instanceKey: string;

  /** The Auth0 domain it was begun at, an origin. Every call for the session goes there. */
  @Column({ name: 'domain', type: 'varchar', length: 255 })
  issuerOrigin: string;

  /** Digest of instance, domain and user. */
  @Column({ name: 'user_key', type: 'varchar', length: 64 })
  userKey: string;

  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId: string;

  /** Digest of instance, domain and Auth0's session id. */
  @Column({ name: 'sid_key', type: 'varchar', length: 64, nullable: true })
  sidKey: string | null;

  /** Whose session it is: instance, domain, user, claims, JSON. Sealed; the columns above are what rows are found by. */
  @Column({ name: 'claims', type: 'text' })
  claims: string;

  /** Sealed. */
  @Column({ name: 'refresh_token', type: 'text', nullable: true })
  refreshToken: string | null;

  /** Sealed. */
  @Column({ name: 'id_token', type: 'text', nullable: true })
  idToken: string | null;

  /** Private key of the session's DPoP proofs, a JWK. Sealed. */
  @Column({ name: 'dpop_key', type: 'text', nullable: true })
  dpopKey: string | null;

  /** Goes up with every change of the refresh token. */
  @Column({ name: 'grant_version', type: 'integer' })
  grantVersion: number;

  /** Auth0 refused the refresh token: its owner has to log in again. */
  @Column({ name: 'login_required', type: 'boolean' })
  loginRequired: boolean;

  /** Who is spending the refresh token right now. */
  @Column({ name: 'refresh_lease', type: 'varchar', length: 43, nullable: true })
  refreshLease: string | null;

  @Column(epochMilliseconds('refresh_lease_expires_at', { nullable: true }))
  refreshLeaseExpiresAt: number | null;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('last_used_at'))
  lastUsedAt: number;

  /** When it ends unless it is used before. */
  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;

  /** When it ends in any case. */
  @Column(epochMilliseconds('absolute_expires_at'))
  absoluteExpiresAt: number;
}
