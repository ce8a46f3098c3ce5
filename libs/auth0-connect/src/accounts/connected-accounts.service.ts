import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { siteFor } from '../options/site.js';
import { Hooks } from '../events/hooks.js';
import { InvalidAuth0ResponseError, type ConnectLink } from '../errors/index.js';
import { ACCOUNT_DISCONNECTED } from './account-events.js';
import { checkAccountId, checkConnections, checkCursor, checkTake, checkWanted } from './check-input.js';
import {
  ConnectFlow,
  type CompletedConnect,
  type StartConnectAccountOptions,
  type StartedConnect,
} from './connect-flow.js';
import { ConnectLinks, type ConnectLinkStatus, type CreateConnectLinkOptions } from './connect-links.js';
import type {
  ConnectedAccount,
  ConnectedAccountConnection,
  ConnectedAccountConnectionsPage,
  ConnectedAccountsPage,
  ConnectionToken,
} from './connected-account.js';
import type { ProviderFetch } from './provider-fetch.js';
import { ProviderFetches } from './provider-fetches.js';
import { ConnectionTokens } from './connection-tokens.js';
import { MyAccountTokens } from './my-account-tokens.js';
import {
  CONNECTION_TOKEN_STORE,
  MY_ACCOUNT_API,
  type ConnectionTokenStore,
  type MyAccountApi,
  type Page,
} from './ports.js';
import { requesterOf, sessionOf, type Subject } from './subject.js';

/**
 * Which accounts to list, and which page of them.
 * @see https://auth0.com/docs/manage-users/my-account-api
 */
export interface ListConnectedAccountsOptions {
  /** Only accounts of this connection, or of these (at most 20). */
  connection?: string | readonly string[];
  /** How many, 1 to 20. Auth0's default is 10. */
  take?: number;
  /** `next` of the page before. */
  from?: string;
}

/**
 * Which provider's token, and what it must be good for.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
export interface GetAccessTokenForConnectionOptions {
  /** The connection's name at Auth0, such as `github`. */
  connection: string;
  /** Chooses between several accounts of the connection: the user's id or mail address at the provider. */
  loginHint?: string;
  /** What the token must be good for. */
  scopes?: readonly string[];
  /** Exchange even when a fresh token is stored, because the provider has refused that one. */
  forceRefresh?: boolean;
  /** Where the person goes on after the `connectUrl` of an error, a path of the application. Default `/`. */
  returnTo?: string;
  /** Which of the addresses of the option `appBaseUrl` the browser is at. Default: the first. */
  appBaseUrl?: string;
}

/**
 * Which provider's API to call, and for what.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
export interface ProviderFetchOptions extends Omit<GetAccessTokenForConnectionOptions, 'forceRefresh'> {
  /** The origins that the token may be sent to, exact, https outside loopback: `https://api.github.com`. */
  origins: readonly string[];
}

/** A list with more pages than this counts as one whose cursor goes on without end. */
const MOST_PAGES = 1000;

/**
 * Auth0's Connected Accounts and Token Vault for a subject.
 *
 * A subject is the `LoginSession` or the `ApiCaller` of the request. Accounts are managed by a session alone; for a
 * caller of the API there are `getAccessTokenForConnection`, by its access token, and links that its user opens.
 *
 * Every method may throw `LoginRequiredError`, `MissingRefreshTokenError`, `StepUpRequiredError`, `RateLimitedError`,
 * `UnsupportedSubjectError`, `Auth0UnavailableError`, `Auth0MisconfiguredError`, `Auth0RefusedError`, `InvalidAuth0ResponseError`, and
 * `InvalidRequestError` for its arguments.
 *
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
@Injectable()
export class ConnectedAccountsService {
  constructor(
    @Inject(ConnectFlow) private readonly connectFlow: ConnectFlow,
    @Inject(ConnectLinks) private readonly links: ConnectLinks,
    @Inject(ConnectionTokens) private readonly tokens: ConnectionTokens,
    @Inject(ProviderFetches) private readonly fetches: ProviderFetches,
    @Inject(MyAccountTokens) private readonly myAccountTokens: MyAccountTokens,
    @Inject(MY_ACCOUNT_API) private readonly myAccount: MyAccountApi,
    @Inject(CONNECTION_TOKEN_STORE) private readonly connectionTokens: ConnectionTokenStore,
    @Inject(Hooks) private readonly hooks: Hooks,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Begins to connect an account: send the browser to `connectUrl`.
   *
   * @example
   * const { connectUrl } = await accounts.startConnectAccount(session, {
   *   connection: 'google-oauth2',
   *   scopes: ['openid', 'https://www.googleapis.com/auth/calendar.readonly'],
   *   returnTo: '/calendar',
   * });
   *
   * @throws InvalidReturnToError before Auth0 is asked
   * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/connected-accounts-for-token-vault
   */
  async startConnectAccount(subject: Subject, options: StartConnectAccountOptions): Promise<StartedConnect> {
    return this.connectFlow.start(sessionOf(subject), options);
  }

  /**
   * Completes a connect from the URL that the browser came back to. Of two callbacks with one `state` exactly one
   * reaches Auth0.
   * @throws InvalidStateError, InvalidCallbackError, AuthorizationDeniedError, AccountConflictError, CallbackFailedError; those
   * that ended a connect which was found by its `state` tell in `callback` where the person came from
   */
  async completeConnectAccount(subject: Subject, callbackUrl: string | URL): Promise<CompletedConnect> {
    return this.connectFlow.complete(sessionOf(subject), callbackUrl);
  }

  /**
   * Makes a link that connects an account of this user, and of nobody else, for wherever the user is reached: a mail, a chat, an
   * MCP client, a phone. Whoever opens it logs in if need be, has to be the same user at the same organization, and is asked for
   * consent by the provider. The link is good once and for a short time. A user has 20 at most, the oldest go first.
   * @throws InvalidReturnToError; ConfigurationError where `routes.link` is off
   *
   * @example
   * const { id, url } = await accounts.createConnectLink(caller, { connection: 'github', scopes: ['repo'] });
   */
  async createConnectLink(subject: Subject, options: CreateConnectLinkOptions): Promise<ConnectLink> {
    return this.links.create(requesterOf(subject), options);
  }

  /**
   * What has become of a link. Ask every few seconds, or when the person says so; it can be asked for an hour after its end.
   * @param id as `createConnectLink` gave it
   * @throws ConnectLinkNotFoundError for a link that is not there, or is not this user's
   */
  async connectLinkStatus(subject: Subject, id: string): Promise<ConnectLinkStatus> {
    return this.links.status(requesterOf(subject), id);
  }

  /** One page of the user's connected accounts. What a complete list no longer shows loses its stored tokens. */
  async listConnectedAccounts(
    subject: Subject,
    options: ListConnectedAccountsOptions = {},
  ): Promise<ConnectedAccountsPage> {
    const page = await this.accountsPage(subject, options);
    if (options.from === undefined && page.next === undefined) await this.prune(subject, page.items, options);
    return { accounts: [...page.items], ...(page.next !== undefined && { next: page.next }) };
  }

  /** All of the user's connected accounts, page after page. */
  async *iterateConnectedAccounts(
    subject: Subject,
    options: Omit<ListConnectedAccountsOptions, 'from'> = {},
  ): AsyncGenerator<ConnectedAccount, void, undefined> {
    const seen: ConnectedAccount[] = [];
    for await (const account of allPages((from) => this.accountsPage(subject, { ...options, from }))) {
      seen.push(account);
      yield account;
    }
    await this.prune(subject, seen, options);
  }

  /** One page of what the user can connect. */
  async listConnectedAccountConnections(
    subject: Subject,
    options: { take?: number; from?: string } = {},
  ): Promise<ConnectedAccountConnectionsPage> {
    const page = await this.connectionsPage(subject, options);
    return { connections: [...page.items], ...(page.next !== undefined && { next: page.next }) };
  }

  /** All that the user can connect, page after page. */
  iterateConnectedAccountConnections(
    subject: Subject,
    options: { take?: number } = {},
  ): AsyncGenerator<ConnectedAccountConnection, void, undefined> {
    return allPages((from) => this.connectionsPage(subject, { ...options, from }));
  }

  /**
   * Disconnects an account. The vault forgets its tokens, and so do we, in all sessions of the user; the provider's
   * own grant stays until the user revokes it there.
   * @param id `cac_...`
   * @throws AccountNotFoundError
   */
  async deleteConnectedAccount(subject: Subject, id: string): Promise<void> {
    checkAccountId(id);
    const session = sessionOf(subject);
    const forgetTokens = (): Promise<void> => this.connectionTokens.removeUser(session.record.userKey);
    // The id does not tell the connection, so all tokens go: before, in case we do not live to see the answer, and
    // after, because a request in between may have stored one. An answer that never came may have been a yes.
    await forgetTokens();
    try {
      await this.myAccountTokens.call(session, 'delete:me:connected_accounts', (access) =>
        this.myAccount.deleteAccount(access, id),
      );
    } finally {
      await forgetTokens();
    }
    await this.hooks.tell(ACCOUNT_DISCONNECTED, { session, accountId: id });
  }

  /**
   * The provider's access token: stored and reused while fresh, else exchanged at Token Vault.
   * @throws ConnectionRequiredError, InsufficientScopeError
   * @throws InvalidAccessTokenError when Auth0 does not exchange the access token of an `ApiCaller`
   *
   * @example
   * const { accessToken } = await accounts.getAccessTokenForConnection(session, { connection: 'github' });
   */
  async getAccessTokenForConnection(
    subject: Subject,
    options: GetAccessTokenForConnectionOptions,
  ): Promise<ConnectionToken> {
    return this.tokens.get(requesterOf(subject), checkWanted(options), {
      returnTo: options.returnTo,
      appBaseUrl: siteFor(this.options, options.appBaseUrl).appBaseUrl,
    });
  }

  /**
   * A `fetch` that brings the provider's token along and keeps it fresh, for the provider's client library. The first token is
   * obtained here, so that an account that is not connected is said before a client library can swallow it.
   * @throws InvalidRequestError for `origins` that a token must not be sent to
   * @throws what `getAccessTokenForConnection` throws
   *
   * @example
   * const github = await accounts.fetch(subject, { connection: 'github', origins: ['https://api.github.com'] });
   * const octokit = new Octokit({ request: { fetch: github } });
   */
  async fetch(subject: Subject, { origins, ...wanted }: ProviderFetchOptions): Promise<ProviderFetch> {
    return this.fetches.start(origins, ({ forceRefresh }) =>
      this.getAccessTokenForConnection(subject, { ...wanted, forceRefresh }),
    );
  }

  private async accountsPage(subject: Subject, options: ListConnectedAccountsOptions): Promise<Page<ConnectedAccount>> {
    const query = {
      connections: checkConnections(options.connection),
      take: checkTake(options.take),
      from: checkCursor(options.from),
    };
    return this.myAccountTokens.call(sessionOf(subject), 'read:me:connected_accounts', (access) =>
      this.myAccount.listAccounts(access, query),
    );
  }

  private async connectionsPage(
    subject: Subject,
    options: { take?: number; from?: string },
  ): Promise<Page<ConnectedAccountConnection>> {
    const query = { take: checkTake(options.take), from: checkCursor(options.from) };
    return this.myAccountTokens.call(sessionOf(subject), 'read:me:connected_accounts', (access) =>
      this.myAccount.listConnections(access, query),
    );
  }

  private async prune(
    subject: Subject,
    accounts: readonly ConnectedAccount[],
    { connection }: Pick<ListConnectedAccountsOptions, 'connection'>,
  ): Promise<void> {
    const connected = [...new Set(accounts.map((account) => account.connection))];
    const among = connection === undefined ? undefined : [connection].flat();
    await this.connectionTokens.keepConnected(sessionOf(subject).record.userKey, connected, among);
  }
}

async function* allPages<Item>(
  readPage: (from: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  const cursors = new Set<string>();
  for (let from: string | undefined; ;) {
    const page: Page<Item> = await readPage(from);
    yield* page.items;
    if (page.next === undefined) return;
    if (cursors.has(page.next) || cursors.size >= MOST_PAGES) {
      throw new InvalidAuth0ResponseError('list', 'its cursor "next" goes on without end');
    }
    cursors.add(page.next);
    from = page.next;
  }
}
