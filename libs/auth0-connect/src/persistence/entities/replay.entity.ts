import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from './epoch-milliseconds.js';

/** A token id (`jti`) that was seen, and is not accepted again while the token could be valid. */
@Entity({ name: 'auth0_connect_replays' })
@Index(['expiresAt'])
export class ReplayEntity {
  /** Digest of instance, kind and `jti`. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id: string;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;
}
