import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How a person uses a provider here: when last, and by which of their accounts. */
@Entity({ name: 'daylight_connection_uses' })
export class ConnectionUse {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 255 })
  userId: string;

  @PrimaryColumn({ name: 'connection', type: 'varchar', length: 128 })
  connection: string;

  /** ISO 8601. */
  @Column({ name: 'last_used_at', type: 'varchar', length: 32, nullable: true })
  lastUsedAt: string | null;

  /** `cac_...` of the account that is used where there are several. */
  @Column({ name: 'default_account_id', type: 'varchar', length: 128, nullable: true })
  defaultAccountId: string | null;
}
