import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccountName } from './account-name.entity.js';
import { ConnectionUse } from './connection-use.entity.js';

/** A use that was noted within this time is not noted again. */
const NOTED_FOR_MS = 60_000;
const MOST_NOTED = 10_000;

/** What the app knows of a person's accounts besides what Auth0 lists. */
export interface KnownOfAccounts {
  /** Addresses by account. */
  addresses: ReadonlyMap<string, string>;
  /** Uses by connection. */
  uses: ReadonlyMap<string, ConnectionUse>;
}

/** Keeps what people call their accounts, which is the default one, and when a provider was last used. */
@Injectable()
export class AccountBook {
  private readonly noted = new Map<string, number>();

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async of(userId: string): Promise<KnownOfAccounts> {
    const [names, uses] = await Promise.all([
      this.dataSource.getRepository(AccountName).findBy({ userId }),
      this.dataSource.getRepository(ConnectionUse).findBy({ userId }),
    ]);
    return {
      addresses: new Map(names.map(({ accountId, address }) => [accountId, address])),
      uses: new Map(uses.map((use) => [use.connection, use])),
    };
  }

  /** The address of the account that a person has chosen among several of one provider. */
  async defaultAddress(userId: string, connection: string): Promise<string | undefined> {
    const use = await this.dataSource.getRepository(ConnectionUse).findOneBy({ userId, connection });
    if (use?.defaultAccountId == null) return undefined;
    const name = await this.dataSource
      .getRepository(AccountName)
      .findOneBy({ userId, accountId: use.defaultAccountId });
    return name?.address;
  }

  async setAddress(userId: string, accountId: string, address: string): Promise<void> {
    await this.dataSource.getRepository(AccountName).upsert({ userId, accountId, address }, ['userId', 'accountId']);
  }

  async setDefault(userId: string, connection: string, accountId: string): Promise<void> {
    await this.dataSource
      .getRepository(ConnectionUse)
      .upsert({ userId, connection, defaultAccountId: accountId }, ['userId', 'connection']);
  }

  /** Notes that a provider was used; nothing depends on it, so a failure is not the request's. */
  async noteUse(userId: string, connection: string): Promise<void> {
    const key = JSON.stringify([userId, connection]);
    const now = Date.now();
    if ((this.noted.get(key) ?? 0) > now - NOTED_FOR_MS) return;
    if (this.noted.size >= MOST_NOTED) this.noted.clear();
    this.noted.set(key, now);
    try {
      await this.dataSource
        .getRepository(ConnectionUse)
        .upsert({ userId, connection, lastUsedAt: new Date(now).toISOString() }, ['userId', 'connection']);
    } catch {
      this.noted.delete(key);
    }
  }

  async forget(userId: string, accountId: string): Promise<void> {
    await this.dataSource.getRepository(AccountName).delete({ userId, accountId });
    await this.dataSource
      .getRepository(ConnectionUse)
      .update({ userId, defaultAccountId: accountId }, { defaultAccountId: null });
  }
}
