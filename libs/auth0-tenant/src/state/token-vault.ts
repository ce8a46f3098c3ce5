import type { ProviderAccount } from '../options.js';
import { randomId } from '../identifiers.js';

/** An account at a provider that a user has connected. */
export interface ConnectedAccount {
  /** `cac_...` */
  id: string;
  userId: string;
  connection: string;
  providerAccount: ProviderAccount;
  scopes: string[];
  createdAt: string;
  /** Its place among all accounts ever connected; kept when it is connected again. */
  ordinal: number;
  organization?: string;
}

/** A provider's access token, as the vault got it. */
export interface ProviderToken {
  value: string;
  connection: string;
  providerAccount: ProviderAccount;
  scopes: string[];
  /** Milliseconds; `null` for a token that never expires. */
  expiresAt: number | null;
}

/** What is to be connected. */
export type NewConnectedAccount = Pick<
  ConnectedAccount,
  'userId' | 'connection' | 'providerAccount' | 'scopes' | 'organization'
> & {
  /** Default: the provider makes one. */
  token?: string;
};

interface VaultEntry {
  account: ConnectedAccount;
  /** Rises with every connect, so that the most recent one can be told. */
  sequence: number;
  /** The token in use, by the scopes it was asked for. */
  tokens: Map<string, ProviderToken>;
  /** The provider has withdrawn its own refresh token. */
  refreshDied: boolean;
  /** What every token of the account is, for a test that has to know it. */
  givenToken?: string;
}

const PROVIDER_TOKEN_LIFETIME = 3600;

/** The Token Vault: connected accounts and the provider tokens they give. */
export class TokenVault {
  /** Seconds a provider token lives; `null` for ever. */
  providerTokenLifetime: number | null = PROVIDER_TOKEN_LIFETIME;
  readonly #entries = new Map<string, VaultEntry>();
  /** Every token ever given out: forgetting an account does not end its tokens at the provider. */
  readonly #tokens = new Map<string, ProviderToken>();
  #sequence = 0;

  /** Connects an account, or updates it when the user had it already. A conflict when it is somebody else's. */
  connect({ token, ...wanted }: NewConnectedAccount): ConnectedAccount | 'conflict' {
    const same = [...this.#entries.values()].find(
      ({ account }) =>
        account.connection === wanted.connection && account.providerAccount.id === wanted.providerAccount.id,
    );
    if (same && same.account.userId !== wanted.userId) return 'conflict';
    this.#sequence += 1;
    const account: ConnectedAccount = same
      ? { ...same.account, scopes: wanted.scopes, organization: wanted.organization }
      : {
          id: `cac_${randomId(22)}`,
          createdAt: new Date(Date.now()).toISOString(),
          ordinal: this.#sequence,
          ...wanted,
        };
    this.#entries.set(account.id, {
      account,
      sequence: this.#sequence,
      tokens: new Map(),
      refreshDied: false,
      givenToken: token,
    });
    return account;
  }

  /** A user's accounts, oldest first. */
  accounts(userId: string): ConnectedAccount[] {
    return [...this.#entries.values()].map(({ account }) => account).filter((account) => account.userId === userId);
  }

  /** Forgets an account. False when the user has none of this id. */
  remove(userId: string, accountId: string): boolean {
    if (this.#entries.get(accountId)?.account.userId !== userId) return false;
    return this.#entries.delete(accountId);
  }

  /** The most recently connected of a user's accounts that match. */
  latest(userId: string, matches: (account: ConnectedAccount) => boolean): ConnectedAccount | undefined {
    return [...this.#entries.values()]
      .filter(({ account }) => account.userId === userId && matches(account))
      .toSorted((one, other) => other.sequence - one.sequence)[0]?.account;
  }

  /**
   * The provider token of an account, for all its scopes or for some: the same one while it lives, then a new one;
   * none when the provider refuses.
   */
  tokenOf(accountId: string, narrowed?: string[]): ProviderToken | undefined {
    const entry = this.#entries.get(accountId);
    if (!entry) return undefined;
    const scopes = narrowed ?? entry.account.scopes;
    const known = entry.tokens.get(scopes.join(' '));
    if (known && isLive(known)) return known;
    if (entry.refreshDied) return undefined;
    const lifetime = this.providerTokenLifetime;
    const token: ProviderToken = {
      value: entry.givenToken ?? `${entry.account.connection}_${randomId(40)}`,
      connection: entry.account.connection,
      providerAccount: entry.account.providerAccount,
      scopes,
      expiresAt: lifetime === null ? null : Date.now() + lifetime * 1000,
    };
    entry.tokens.set(scopes.join(' '), token);
    this.#tokens.set(token.value, token);
    return token;
  }

  /** A live provider token by its value. */
  liveToken(value: string): ProviderToken | undefined {
    const token = this.#tokens.get(value);
    return token && isLive(token) ? token : undefined;
  }

  /** Ends provider tokens before their time. */
  expireTokens(matches: (account: ConnectedAccount) => boolean): void {
    for (const { account, tokens } of this.#entries.values()) {
      if (matches(account)) for (const token of tokens.values()) token.expiresAt = 0;
    }
  }

  /** Forgets every account and token. */
  clear(): void {
    this.#entries.clear();
    this.#tokens.clear();
    this.providerTokenLifetime = PROVIDER_TOKEN_LIFETIME;
  }

  /** The provider withdraws its grant: no token of this account can be had or used any more. */
  revokeAtProvider(accountId: string): void {
    const entry = this.#entries.get(accountId);
    if (!entry) return;
    entry.refreshDied = true;
    for (const token of entry.tokens.values()) token.expiresAt = 0;
  }
}

function isLive(token: ProviderToken): boolean {
  return token.expiresAt === null || token.expiresAt > Date.now();
}
