import { providerAccountNamed, providerAccountsOf } from '../token-vault/provider-accounts.js';
import type { ConnectedAccount } from '../state/token-vault.js';
import type { TenantSwitches, TokenLifetimes } from '../state/settings.js';
import type { Tenant } from '../state/tenant.js';
import type { LoginAsRequest, LoginAsResult } from '../openid/login-as.js';
import { mint, type MintRequest } from '../openid/mint.js';
import type {
  ProviderAccount,
  TenantApi,
  TenantClient,
  TenantConnection,
  TenantOrganization,
  TenantUser,
} from '../options.js';
import { mintLogoutToken, postLogoutToken } from '../openid/backchannel-logout.js';
import {
  addApi,
  addClient,
  addConnection,
  addOrganization,
  addUser,
  removeConnection,
  removeUser,
} from './directory.js';
import type { Hold, Rewrite, ScriptedAnswer } from '../state/faults.js';
import type { OpenIdControl } from './openid-control.js';
import type { RateLimit } from '../state/rate-limits.js';
import type { RecordedRequest, RequestKind } from '../state/recorded-request.js';

/** Which provider tokens are meant; everything left out means any. */
export interface ProviderTokenFilter {
  userId?: string;
  connection?: string;
  accountId?: string;
}

/** Where a logout token goes, and what it says. */
export interface BackchannelLogout {
  /** Default: the client's `backchannelLogoutUri`. */
  uri?: string;
  clientId: string;
  /** Ends all sessions of this user when there is no `sid`. */
  sub?: string;
  /** Ends this session alone. */
  sid?: string;
  /** Replaces or, with `undefined`, removes claims. */
  claims?: Record<string, unknown>;
  /** Replaces header members. */
  header?: Record<string, unknown>;
}

/** Scripts a running tenant from a test. */
export class TenantControl {
  readonly #tenant: Tenant;
  readonly #openid: OpenIdControl;

  /** @internal */
  constructor(tenant: Tenant, openid: OpenIdControl) {
    this.#tenant = tenant;
    this.#openid = openid;
  }

  /** Makes an access token without a login: right by default, wrong in any way a test wants. */
  async mint(request: MintRequest): Promise<string> {
    return mint(this.#tenant, request);
  }

  /** Logs a user in without a browser; gives the tokens, and the cookies of a browser that is logged in. */
  async loginAs(request: LoginAsRequest): Promise<LoginAsResult> {
    return this.#openid.loginAs(request);
  }

  /** Back to how the tenant started: nobody logged in, nothing connected or scripted. Signing keys stay. */
  reset(): void {
    this.#tenant.reset();
    this.#openid.claimsChanged();
  }

  /** Registers a client, or replaces the one of the same id. @throws TenantConfigurationError */
  addClient(client: TenantClient): void {
    addClient(this.#tenant, client);
  }

  /** Nobody can use the client or its refresh tokens any more. */
  removeClient(clientId: string): void {
    this.#tenant.clients.delete(clientId);
  }

  /** Adds a user, or replaces the one of the same id. @throws TenantConfigurationError */
  addUser(user: TenantUser): void {
    addUser(this.#tenant, user);
  }

  /** Removes a user with their sessions, refresh tokens, memberships and connected accounts. */
  removeUser(userId: string): void {
    removeUser(this.#tenant, userId);
  }

  /** Adds an API, or replaces the one of the same identifier. @throws TenantConfigurationError */
  addApi(api: TenantApi): void {
    addApi(this.#tenant, api);
  }

  /** No more tokens for this API. */
  removeApi(identifier: string): void {
    this.#tenant.apis.delete(identifier);
  }

  /** Adds a connection, or replaces the one of the same name. @throws TenantConfigurationError */
  addConnection(connection: TenantConnection): void {
    addConnection(this.#tenant, connection);
  }

  /** Removes a connection; connecting that is under way comes to nothing. */
  removeConnection(name: string): void {
    removeConnection(this.#tenant, name);
  }

  /** Adds an organization, or replaces the one of the same id. @throws TenantConfigurationError */
  addOrganization(organization: TenantOrganization): void {
    addOrganization(this.#tenant, organization);
  }

  /** Nobody can log in to this organization any more. */
  removeOrganization(id: string): void {
    this.#tenant.organizations.delete(id);
  }

  /** Every request received, in order. */
  get requests(): RecordedRequest[] {
    return this.#tenant.log.requests;
  }

  /** How many requests of a kind came since the start or the last `resetCounts`. */
  count(kind: RequestKind): number {
    return this.#tenant.log.count(kind);
  }

  /** Starts counting again. */
  resetCounts(): void {
    this.#tenant.log.reset();
  }

  /** Answers the next matching calls with exactly this, without carrying them out. */
  failNext(kind: RequestKind, answer: ScriptedAnswer): void {
    this.#tenant.faults.failNext(kind, answer);
  }

  /** Carries the next calls out, then replaces their JSON answer. */
  rewriteNext(kind: RequestKind, rewrite: Rewrite, times = 1): void {
    this.#tenant.faults.rewriteNext(kind, rewrite, times);
  }

  /** Carries the next calls out this many milliseconds later. */
  delayNext(kind: RequestKind, ms: number, times = 1): void {
    this.#tenant.faults.delayNext(kind, ms, times);
  }

  /** Parks the next calls until they are released. */
  hold(kind: RequestKind, times = 1): Hold {
    return this.#tenant.faults.hold(kind, times);
  }

  /** Answers 429 beyond a rate; `undefined` takes the limit away. */
  rateLimit(kind: RequestKind, limit: RateLimit | undefined): void {
    this.#tenant.rateLimits.set(kind, limit);
  }

  /** Ends provider tokens at once: the providers refuse them, and the vault gets new ones. */
  expireProviderTokens(filter: ProviderTokenFilter = {}): void {
    this.#tenant.vault.expireTokens(matching(filter));
  }

  /** How long provider tokens live that are handed out from now on; `null`: for ever, and `expires_in` is left out. */
  setProviderTokenLifetime(seconds: number | null): void {
    this.#tenant.vault.providerTokenLifetime = seconds;
  }

  /** How long the tenant's own tokens and tickets live that are issued from now on, in seconds. */
  setTokenLifetimes(lifetimes: Partial<TokenLifetimes>): void {
    Object.assign(this.#tenant.lifetimes, lifetimes);
  }

  /**
   * Connects an account as if the user had done it elsewhere. `email` names the provider account; `token` is what the provider's
   * access token will be, for a test that has to know it.
   */
  connectAccount(
    userId: string,
    connectionName: string,
    { scopes, email, token }: { scopes?: string[]; email?: string; token?: string } = {},
  ): ConnectedAccount {
    const connection = this.#tenant.connections.get(connectionName);
    const user = this.#tenant.users.get(userId);
    if (!connection || !user) throw new Error(`no such user or connection: ${userId}, ${connectionName}`);
    const providerAccount: ProviderAccount =
      email === undefined
        ? providerAccountsOf(connection, user)[0]!
        : providerAccountNamed(connection, this.#tenant.users.values(), email);
    const account = this.#tenant.vault.connect({
      userId,
      connection: connectionName,
      providerAccount,
      scopes: scopes ?? connection.defaultScopes ?? connection.scopes,
      token,
    });
    if (account === 'conflict') throw new Error('the provider account is connected to another user');
    return account;
  }

  /** Removes a user's accounts of a connection, or the one of this id, as if it had been done elsewhere. */
  disconnectAccount(userId: string, connectionOrId: string): void {
    for (const { id, connection } of this.accounts(userId)) {
      if (id === connectionOrId || connection === connectionOrId) this.#tenant.vault.remove(userId, id);
    }
  }

  /** The accounts a user has connected. */
  accounts(userId: string): ConnectedAccount[] {
    return this.#tenant.vault.accounts(userId);
  }

  /** The user withdraws consent at the provider: the vault can refresh the account's token no more. */
  revokeAtProvider(userId: string, connectionOrId: string): void {
    for (const { id, connection } of this.accounts(userId)) {
      if (id === connectionOrId || connection === connectionOrId) this.#tenant.vault.revokeAtProvider(id);
    }
  }

  /** Ends every refresh token of a user. */
  revokeRefreshTokens(userId: string): void {
    const { store } = this.#tenant;
    for (const { grantId } of store.find('RefreshToken', (token) => token.accountId === userId)) {
      if (grantId !== undefined) store.revokeGrant(grantId);
    }
  }

  /** Turns rotation on or off; with it on, the reuse of a rotated token ends its whole family. */
  setRefreshTokenRotation(clientId: string, isOn: boolean): void {
    const client = this.#tenant.clients.get(clientId);
    if (!client) throw new Error(`no such client: ${clientId}`);
    this.#tenant.clients.set(clientId, { ...client, refreshTokenRotation: isOn });
  }

  /** What a refresh does with an audience outside the client's policies. */
  setUnknownAudience(reaction: TenantSwitches['unknownAudience']): void {
    this.#tenant.switches.unknownAudience = reaction;
  }

  /** Answers refreshes or exchanges with `mfa_required` until it is called with `null`. */
  requireMfa(on: TenantSwitches['requireMfa']): void {
    this.#tenant.switches.requireMfa = on;
  }

  /** The keys the tenant signs with. */
  get signingKeys(): { rotate(options?: { keepPrevious?: boolean }): Promise<{ kid: string }> } {
    return {
      rotate: async (options) => {
        const { kid } = await this.#openid.rotateKeys(options);
        return { kid };
      },
    };
  }

  /** Adds claims to a user's ID tokens from now on. */
  idTokenClaims(userId: string, extra: Record<string, unknown>): void {
    this.#tenant.extraClaims.set(userId, { ...this.#tenant.extraClaims.get(userId), ...extra });
    this.#openid.claimsChanged();
  }

  /** Adds claims to the access tokens of a user or, by client id, of a client itself, from now on. */
  accessTokenClaims(userOrClientId: string, extra: Record<string, unknown>): void {
    const claims = this.#tenant.accessTokenClaims;
    claims.set(userOrClientId, { ...claims.get(userOrClientId), ...extra });
  }

  /** Signs a logout token with any claims and header; `undefined` leaves one out. */
  async logoutToken(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string> {
    return mintLogoutToken(this.#tenant, claims, header);
  }

  /** Sends a logout token to a client and gives the status it answered, 0 for none. */
  async sendBackchannelLogout({ clientId, uri, sub, sid, claims, header }: BackchannelLogout): Promise<number> {
    const target = uri ?? this.#tenant.clients.get(clientId)?.backchannelLogoutUri;
    if (target === undefined) throw new Error(`client ${clientId} has no backchannelLogoutUri`);
    const token = await this.logoutToken({ aud: clientId, sub, sid, ...claims }, header);
    return postLogoutToken(target, token);
  }

  /** The user approves a CIBA request on their device. */
  async approveBackchannel(authReqId = 'latest'): Promise<void> {
    await this.#openid.approveBackchannel(authReqId);
  }

  /** The user rejects a CIBA request on their device. */
  async denyBackchannel(authReqId = 'latest'): Promise<void> {
    await this.#openid.denyBackchannel(authReqId);
  }
}

function matching({ userId, connection, accountId }: ProviderTokenFilter): (account: ConnectedAccount) => boolean {
  return (account) =>
    (userId === undefined || account.userId === userId) &&
    (connection === undefined || account.connection === connection) &&
    (accountId === undefined || account.id === accountId);
}
