import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from './epoch-milliseconds.js';

/** What is good once and was seen: ids of tokens (`jti`), and of Auth0's sessions that have ended. */
@Entity({ name: 'auth0_connect_replays' })
@Index(['expiresAt'])
export class ReplayEntity {
  /** Digest of instance, kind and `jti`. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id: string;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;
}
