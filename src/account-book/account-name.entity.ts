import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What a person calls one of their accounts: its address at the provider. Auth0 does not tell it, so two accounts of one
 * provider look the same without. Checked with Token Vault before it is kept, where it also chooses the account.
 */
@Entity({ name: 'daylight_account_names' })
export class AccountName {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 255 })
  userId: string;

  /** `cac_...` */
  @PrimaryColumn({ name: 'account_id', type: 'varchar', length: 128 })
  accountId: string;

  @Column({ name: 'address', type: 'varchar', length: 128 })
  address: string;
}
