import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ConnectLinkState } from '../../accounts/connect-link.js';
import { epochMilliseconds } from './epoch-milliseconds.js';

/** A link that connects an account of one user, found by the digest of what its address ends with. Used once. */
@Entity({ name: 'auth0_connect_links' })
@Index(['userKey'])
@Index(['purgeAt'])
export class ConnectLinkEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id: string;

  @Column({ name: 'instance_key', type: 'varchar', length: 64 })
  instanceKey: string;

  /** Digest of instance, domain and user. */
  @Column({ name: 'user_key', type: 'varchar', length: 64 })
  userKey: string;

  /** Digest of what it connects, by which a pending one is found again. */
  @Column({ name: 'need_key', type: 'varchar', length: 64 })
  needKey: string;

  /** Named so, as `state` is what names a callback elsewhere. */
  @Column({ name: 'status', type: 'varchar', length: 16 })
  status: ConnectLinkState;

  /** A code of ours. */
  @Column({ name: 'failure', type: 'varchar', length: 64, nullable: true })
  failure: string | null;

  /** Whose it is, what it connects, where it leads and until when, JSON. Sealed. */
  @Column({ name: 'payload', type: 'text' })
  payload: string;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  /** When nobody needs the row any more. */
  @Column(epochMilliseconds('purge_at'))
  purgeAt: number;
}
