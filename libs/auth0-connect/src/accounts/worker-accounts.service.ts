import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequestError, LoginRequiredError, UnsupportedSubjectError, type ConnectLink } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { siteFor } from '../options/site.js';
import { ApiCaller } from '../resource-server/api-caller.js';
import { userKeyOf } from '../session/keys.js';
import { LoginSession } from '../session/login-session.js';
import { isIdentifier, LONGEST_IDENTIFIER } from '../shared/identifier.js';
import { BackgroundSessions } from './background-sessions.js';
import { checkWanted } from './check-input.js';
import { ConnectLinks, type ConnectLinkStatus, type CreateConnectLinkOptions } from './connect-links.js';
import type { ConnectionToken } from './connected-account.js';
import type { GetAccessTokenForConnectionOptions, ProviderFetchOptions } from './connected-accounts.service.js';
import { ConnectionTokens } from './connection-tokens.js';
import type { ProviderFetch } from './provider-fetch.js';
import { ProviderFetches } from './provider-fetches.js';
import { CONNECTION_TOKEN_STORE, type ConnectionTokenStore } from './ports.js';
import { BackgroundUser, type UserSubject } from './subject.js';

/**
 * Token Vault for work that is done while nobody is there: a nightly import, a queue. It acts for whatever user it is
 * told, so it is not `ConnectedAccountsService` and comes by `@InjectWorkerAccounts()` alone: keep it, and the user id
 * it is given, away from what a request says.
 *
 * It uses the newest session of the user that has a refresh token, or the privileged worker where the option `worker`
 * is set.
 *
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
@Injectable()
export class WorkerAccountsService {
  constructor(
    @Inject(ConnectionTokens) private readonly tokens: ConnectionTokens,
    @Inject(ProviderFetches) private readonly fetches: ProviderFetches,
    @Inject(ConnectLinks) private readonly links: ConnectLinks,
    @Inject(BackgroundSessions) private readonly sessions: BackgroundSessions,
    @Inject(CONNECTION_TOKEN_STORE) private readonly store: ConnectionTokenStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * The provider's access token: stored and reused while fresh, else exchanged at Token Vault.
   * @throws LoginRequiredError when the user has no session to work with, and there is no privileged worker
   * @throws ConnectionRequiredError, InsufficientScopeError, InvalidRequestError, RateLimitedError,
   * Auth0UnavailableError, Auth0MisconfiguredError, Auth0RefusedError, InvalidAuth0ResponseError
   *
   * @example
   * const { accessToken } = await accounts.getAccessTokenForConnection(
   *   { userId: 'auth0|5f7c8ec7c33c6c004bbafe82' },
   *   { connection: 'google-oauth2' },
   * );
   */
  async getAccessTokenForConnection(
    subject: UserSubject,
    options: GetAccessTokenForConnectionOptions,
  ): Promise<ConnectionToken> {
    const user = this.backgroundUser(subject);
    const wanted = checkWanted(options);
    if (!this.options.backgroundWork) await this.assertSession(user);
    try {
      // Its errors have a `connectUrl`, for a mail to the user, say.
      return await this.tokens.get(user, wanted, {
        returnTo: options.returnTo,
        appBaseUrl: siteFor(this.options, options.appBaseUrl).appBaseUrl,
      });
    } catch (error) {
      if (error instanceof LoginRequiredError) await this.leaveNothing(user);
      throw error;
    }
  }

  /**
   * A `fetch` that brings this user's token along and keeps it fresh, for the provider's client library. See
   * `ConnectedAccountsService.fetch`.
   * @throws InvalidRequestError for `origins` that a token must not be sent to
   * @throws what `getAccessTokenForConnection` throws
   *
   * @example
   * const github = await accounts.fetch({ userId }, { connection: 'github', origins: ['https://api.github.com'] });
   * const octokit = new Octokit({ request: { fetch: github } });
   */
  async fetch(subject: UserSubject, { origins, ...wanted }: ProviderFetchOptions): Promise<ProviderFetch> {
    return this.fetches.start(origins, ({ forceRefresh }) =>
      this.getAccessTokenForConnection(subject, { ...wanted, forceRefresh }),
    );
  }

  /**
   * Makes a link that connects an account of this user, for a mail or a message to them. See
   * `ConnectedAccountsService.createConnectLink`; no session of the user is needed.
   * @throws InvalidRequestError, InvalidReturnToError; ConfigurationError where `routes.link` is off
   */
  async createConnectLink(subject: UserSubject, options: CreateConnectLinkOptions): Promise<ConnectLink> {
    return this.links.create(this.backgroundUser(subject), options);
  }

  /**
   * What has become of a link.
   * @param id as `createConnectLink` gave it
   * @throws ConnectLinkNotFoundError for a link that is not there, or is not this user's
   */
  async connectLinkStatus(subject: UserSubject, id: string): Promise<ConnectLinkStatus> {
    return this.links.status(this.backgroundUser(subject), id);
  }

  private backgroundUser(subject: UserSubject): BackgroundUser {
    if (!subject || subject instanceof LoginSession || subject instanceof ApiCaller) {
      throw new UnsupportedSubjectError(
        'WorkerAccountsService takes { userId }. For a LoginSession or an ApiCaller there is ConnectedAccountsService',
      );
    }
    const userId = checkId('userId', subject.userId);
    const orgId = subject.orgId === undefined ? undefined : checkId('orgId', subject.orgId);
    const issuerOrigin = this.domainOf(subject.domain);
    return new BackgroundUser(userId, issuerOrigin, userKeyOf(this.options, issuerOrigin, userId), orgId);
  }

  private domainOf(given: unknown): string {
    if (given === undefined) return this.options.issuerOrigins[0];
    const issuerOrigin = this.options.issuerOrigins.find(
      (allowed) => allowed === given || new URL(allowed).host === given,
    );
    if (issuerOrigin === undefined) throw new InvalidRequestError('domain', 'must be an allowed domain');
    return issuerOrigin;
  }

  /** The last session has ended while the exchange was under way: its row was made after all others had gone. */
  private async leaveNothing(user: BackgroundUser): Promise<void> {
    if (this.options.backgroundWork || (await this.sessions.of(user)).length > 0) return;
    await this.store.removeUser(user.userKey);
  }

  private async assertSession(user: BackgroundUser): Promise<void> {
    if ((await this.sessions.of(user)).length > 0) return;
    throw new LoginRequiredError(
      'This user has no session: they have to log in. Only the option worker gets tokens without one; backgroundWork goes on with ' +
        'those that are stored already',
    );
  }
}

function checkId(name: string, id: unknown): string {
  if (isIdentifier(id)) return id;
  throw new InvalidRequestError(name, `must be an id of 1 to ${LONGEST_IDENTIFIER} characters`);
}
