import { Inject, Injectable } from '@nestjs/common';
import {
  ConfigurationError,
  ConnectLinkNotFoundError,
  ConnectLinkUsedError,
  InvalidRequestError,
  type ConnectLink,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { siteFor } from '../options/site.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { safeReturnTo } from '../shared/app-urls.js';
import { digest } from '../shared/digest.js';
import { isRandomToken, randomToken } from '../shared/random.js';
import { checkConnection, checkLoginHint, checkScopes } from './check-input.js';
import {
  CONSENT_MS,
  DEFAULT_LINK_SECONDS,
  LONGEST_LINK_SECONDS,
  needKeyOf,
  SHORTEST_LINK_SECONDS,
  type ConnectLinkNeed,
  type StoredConnectLink,
} from './connect-link.js';
import { CONNECT_LINK_STORE, type ConnectLinkStore } from './ports.js';
import { identityOf, type TokenSubject } from './subject.js';

/**
 * What a link connects.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/connected-accounts-for-token-vault
 */
export interface CreateConnectLinkOptions {
  /** The connection's name at Auth0, such as `github`. */
  connection: string;
  /** What to ask the provider for. Default: what the connection is set up with at Auth0. */
  scopes?: readonly string[];
  /** Which account of the connection: the user's id or mail address at the provider. */
  loginHint?: string;
  /** Where the person goes on afterwards, a path of the application or an address at a trusted origin. Default: a page that says done. */
  returnTo?: string;
  /** How long it can be opened, 30 to 3600 seconds. Default 600. */
  ttlSeconds?: number;
  /** At which of the addresses of the option `appBaseUrl` it is opened. Default: the first. */
  appBaseUrl?: string;
}

/** What has become of a link. */
export interface ConnectLinkStatus {
  /** As `createConnectLink` gave it. */
  id: string;
  /**
   * `pending`: nobody has opened it; `opened`: its user has, and is asked for consent; `connected`; `failed`: see `errorCode`;
   * `expired`: not used in time.
   */
  status: 'pending' | 'opened' | 'connected' | 'failed' | 'expired';
  /** How it failed, a code of docs/errors.md: `access_denied` where the person said no, `account_conflict` ... */
  errorCode?: string;
  /** What is connected. */
  connection: string;
  /** What is asked for. */
  scopes: string[];
  /** Until when it can be opened. */
  expiresAt: Date;
}

/** At most so many per user; the oldest are deleted. */
const LINKS_PER_USER = 20;

/** Links that connect an account, each for one user: opened anywhere, used once, short-lived. */
@Injectable()
export class ConnectLinks {
  constructor(
    @Inject(CONNECT_LINK_STORE) private readonly store: ConnectLinkStore,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether the route is there that they lead to. */
  get areOn(): boolean {
    return this.addresses.link(this.options.appBaseUrls[0], '') !== undefined;
  }

  /** @throws InvalidRequestError, InvalidReturnToError; ConfigurationError where the route of links is switched off */
  async create(subject: TokenSubject, options: CreateConnectLinkOptions): Promise<ConnectLink> {
    return this.insert(this.needOf(subject, options), ttlMsOf(options.ttlSeconds));
  }

  /** A pending one for the same need, if it is good for half of its time, else a new one. */
  async reuseOrCreate(subject: TokenSubject, options: CreateConnectLinkOptions): Promise<ConnectLink> {
    const need = this.needOf(subject, options);
    const ttlMs = ttlMsOf(options.ttlSeconds);
    const goodUntil = this.clock.now() + ttlMs / 2;
    const pending = await this.store.findOpen(need.userKey, needKeyOf(need));
    const reusable = pending.find(({ expiresAt }) => expiresAt >= goodUntil);
    return reusable ? this.toLink(reusable) : this.insert(need, ttlMs);
  }

  /** @throws ConnectLinkNotFoundError for anybody but its user */
  async status(subject: TokenSubject, token: string): Promise<ConnectLinkStatus> {
    const link = await this.find(token);
    if (!link || !isFor(link, identityOf(subject))) throw new ConnectLinkNotFoundError();
    const { failure, expiresAt } = link;
    const { connection, scopes } = link.need;
    return {
      id: token,
      status: this.statusOf(link),
      ...(failure !== undefined && { errorCode: failure }),
      connection,
      scopes: [...scopes],
      expiresAt: new Date(expiresAt),
    };
  }

  /** @param token what an address ends with: whatever somebody made of it */
  async find(token: string): Promise<StoredConnectLink | undefined> {
    return isRandomToken(token) ? this.store.find(digest(token)) : undefined;
  }

  /** Whether a consent can still be begun. */
  isOpen({ state, expiresAt }: StoredConnectLink): boolean {
    return (state === 'pending' || state === 'opened') && expiresAt > this.clock.now();
  }

  /** Its user is asked for consent. */
  async opened({ id }: StoredConnectLink): Promise<void> {
    await this.store.move(id, ['pending'], 'opened');
  }

  /** Of any number of answers, in all tabs and processes, one gets through. @throws ConnectLinkUsedError for the others */
  async answer(id: string): Promise<void> {
    if (!(await this.store.move(id, ['opened'], 'answered'))) throw new ConnectLinkUsedError();
  }

  /** @param failure a code of ours; undefined: it is connected */
  async end(id: string, failure?: string): Promise<void> {
    await this.store.move(id, ['answered'], failure === undefined ? 'connected' : 'failed', failure);
  }

  private needOf(subject: TokenSubject, options: CreateConnectLinkOptions): ConnectLinkNeed {
    const site = siteFor(this.options, options.appBaseUrl);
    return {
      ...identityOf(subject),
      connection: checkConnection(options.connection),
      scopes: checkScopes(options.scopes),
      loginHint: checkLoginHint(options.loginHint),
      returnTo: options.returnTo === undefined ? undefined : safeReturnTo(options.returnTo, site),
      appBaseUrl: site.appBaseUrl,
    };
  }

  private async insert(need: ConnectLinkNeed, ttlMs: number): Promise<ConnectLink> {
    const token = randomToken();
    const createdAt = this.clock.now();
    const link = { token, need, expiresAt: createdAt + ttlMs };
    const shown = this.toLink(link);
    await this.store.insert({ ...link, id: digest(token), createdAt, state: 'pending' });
    await this.store.trim(need.userKey, LINKS_PER_USER);
    return shown;
  }

  private toLink({ token, need, expiresAt }: Pick<StoredConnectLink, 'token' | 'need' | 'expiresAt'>): ConnectLink {
    const url = this.addresses.link(need.appBaseUrl, token);
    if (url !== undefined) return { id: token, url, expiresAt: new Date(expiresAt) };
    throw new ConfigurationError(['routes.link is switched off, and connect links lead there']);
  }

  private statusOf({ state, expiresAt }: StoredConnectLink): ConnectLinkStatus['status'] {
    if (state === 'connected' || state === 'failed') return state;
    const now = this.clock.now();
    if (state === 'pending') return expiresAt > now ? 'pending' : 'expired';
    return expiresAt + CONSENT_MS > now ? 'opened' : 'expired';
  }
}

/** Whether it was made for this user, at this domain and organization. */
export function isFor({ need }: StoredConnectLink, { userKey, orgId }: ReturnType<typeof identityOf>): boolean {
  return need.userKey === userKey && need.orgId === orgId;
}

function ttlMsOf(ttlSeconds: unknown = DEFAULT_LINK_SECONDS): number {
  const isWhole = Number.isInteger(ttlSeconds);
  const seconds = ttlSeconds as number;
  if (!isWhole || seconds < SHORTEST_LINK_SECONDS || seconds > LONGEST_LINK_SECONDS) {
    throw new InvalidRequestError(
      'ttlSeconds',
      `must be a whole number from ${SHORTEST_LINK_SECONDS} to ${LONGEST_LINK_SECONDS}`,
    );
  }
  return seconds * 1000;
}
