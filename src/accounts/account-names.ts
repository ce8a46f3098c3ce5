import { Inject, Injectable } from '@nestjs/common';
import {
  Auth0ConnectHooks,
  ConnectedAccountsService,
  ConnectionRequiredError,
  type AccountConnection,
  type ConnectedAccount,
  type LoginSession,
  type OnAccountConnected,
} from 'nestjs-auth0-connect';
import { AccountBook } from '../account-book/account-book.js';
import { AccountIdentity } from '../providers/account-identity.js';
import { providerOf } from '../providers/providers.js';

const LONGEST_ADDRESS = 128;

/** Takes down the address of each account: what the provider says when it is connected, or else what the person tells. */
@Auth0ConnectHooks()
@Injectable()
export class AccountNames implements OnAccountConnected {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(AccountIdentity) private readonly identity: AccountIdentity,
    @Inject(AccountBook) private readonly book: AccountBook,
  ) {}

  /** Names the account, and leaves the pages with the one that they have used so far. */
  async onAccountConnected({ session, account: { connection } }: AccountConnection): Promise<void> {
    try {
      await this.nameByProvider(session, connection);
    } catch {
      // Without a permission, or while the provider is away: the person may tell it.
    }
  }

  /** @returns false where Token Vault knows no account by this address */
  async setAddress(session: LoginSession, { id, connection }: ConnectedAccount, address: string): Promise<boolean> {
    if (address === '' || address.length > LONGEST_ADDRESS) return false;
    try {
      await this.accounts.getAccessTokenForConnection(session, { connection, loginHint: address });
    } catch (error) {
      if (error instanceof ConnectionRequiredError) return false;
      throw error;
    }
    await this.book.setAddress(session.userId, id, address);
    return true;
  }

  private async nameByProvider(session: LoginSession, connection: string): Promise<void> {
    const accounts = await this.accountsOf(session, connection);
    const { addresses, uses } = await this.book.of(session.userId);
    const [nameless, ...others] = accounts.filter(({ id }) => !addresses.has(id));
    // Which of several a token belongs to can be told where one alone has no name.
    if (nameless === undefined || others.length > 0) return;
    const address = await this.askProvider(session, connection);
    if (address === undefined || accounts.some(({ id }) => addresses.get(id) === address)) return;
    if (!(await this.setAddress(session, nameless, address))) return;
    const before = accounts.find(({ id }) => id !== nameless.id);
    if (before && !uses.get(connection)?.defaultAccountId)
      await this.book.setDefault(session.userId, connection, before.id);
  }

  private async askProvider(session: LoginSession, connection: string): Promise<string | undefined> {
    const { scopes } = providerOf(connection);
    const { accessToken } = await this.accounts.getAccessTokenForConnection(session, { connection, scopes });
    return this.identity.addressOf(connection, accessToken);
  }

  private async accountsOf(session: LoginSession, connection: string): Promise<ConnectedAccount[]> {
    const accounts: ConnectedAccount[] = [];
    for await (const account of this.accounts.iterateConnectedAccounts(session, { connection })) accounts.push(account);
    return accounts;
  }
}
