import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  Auth0ConnectError,
  ConnectionRequiredError,
  InsufficientScopeError,
  ProviderUnavailableError,
  type ConnectOffer,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { Hooks } from '../events/hooks.js';
import { EXCHANGE, TOKEN_REQUESTED, type SubjectType, type TokenRequest } from '../events/traced.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { OPERATOR, type Operator } from '../ports/operator.js';
import { digest } from '../shared/digest.js';
import { ExchangeCoordinator, type ObtainedToken } from '../tokens/exchange-coordinator.js';
import { LEASE_MS } from '../tokens/lease.js';
import type { StoredToken } from '../tokens/ports.js';
import { AccountNotConnected } from '../tokens/account-not-connected.js';
import { RECONNECT_NEEDED } from './account-events.js';
import { ConnectOffers, type BrowserPlace } from './connect-offers.js';
import { ConnectionScopes } from './connection-scopes.js';
import type { ConnectionToken } from './connected-account.js';
import {
  CONNECTION_TOKEN_STORE,
  TOKEN_VAULT,
  type ConnectionTokenKey,
  type ConnectionTokenStore,
  type ProviderToken,
  type ReadToken,
  type TokenVault,
} from './ports.js';
import { ApiCaller } from '../resource-server/api-caller.js';
import { LoginSession } from '../session/login-session.js';
import { BackgroundUser, keysOf, type TokenSubject } from './subject.js';
import { SubjectTokenSource } from './subject-token.source.js';

/** A token that lacks a scope is exchanged again after this long: the user may have granted it elsewhere. */
const LOOK_FOR_NEW_SCOPES_AFTER_MS = 60_000;

export interface ConnectionTokenRequest {
  connection: string;
  /** Chooses between several accounts of the connection. */
  loginHint?: string;
  /** What the token must be good for. */
  scopes: readonly string[];
  /** Exchange even when a fresh token is stored: the provider has refused that one. */
  forceRefresh: boolean;
}

/** Providers' access tokens: stored per session, connection and login hint, exchanged at Token Vault when not fresh. */
@Injectable()
export class ConnectionTokens implements BeforeApplicationShutdown {
  private readonly exchanges: ExchangeCoordinator<ConnectionTokenKey>;

  constructor(
    @Inject(CONNECTION_TOKEN_STORE) private readonly store: ConnectionTokenStore,
    @Inject(TOKEN_VAULT) private readonly vault: TokenVault,
    @Inject(SubjectTokenSource) private readonly subjectTokens: SubjectTokenSource,
    @Inject(ConnectOffers) private readonly offers: ConnectOffers,
    @Inject(ConnectionScopes) private readonly scopes: ConnectionScopes,
    @Inject(Hooks) private readonly hooks: Hooks,
    @Inject(OPERATOR) private readonly operator: Operator,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.exchanges = new ExchangeCoordinator(store, { clock, longestWaitMs: 2 * options.timeoutMs + LEASE_MS });
  }

  /** What Auth0 has given is stored before the database is closed; each call to Auth0 has its time limit. */
  beforeApplicationShutdown(): Promise<void> {
    return this.exchanges.settled();
  }

  isFresh(token: Pick<ReadToken, 'expiresAt'>): boolean {
    return token.expiresAt - this.options.tokenLeewayMs > this.clock.now();
  }

  /**
   * @param options where the person's browser is; `skipStoreLookup`: the caller has just looked what is stored
   * @throws ConnectionRequiredError, InsufficientScopeError with what puts it right
   */
  async get(
    subject: TokenSubject,
    request: ConnectionTokenRequest,
    { skipStoreLookup = false, ...browser }: BrowserPlace & { skipStoreLookup?: boolean } = {},
  ): Promise<ConnectionToken> {
    this.scopes.name(request.connection, request.scopes);
    try {
      const { token, source } = await this.usableToken(subject, request, skipStoreLookup);
      const missing = this.scopes.lacking(request.connection, request.scopes, token);
      if (missing.length > 0) {
        throw await this.insufficientScope(subject, request, { granted: token.scopes, missing, browser });
      }
      this.tell(subject, request, { source });
      return toConnectionToken(request, token);
    } catch (thrown) {
      const error = await this.withOffer(thrown, () => this.offers.make(subject, request, browser));
      this.tell(subject, request, { errorCode: error instanceof Auth0ConnectError ? error.code : 'unknown' });
      throw error;
    }
  }

  /** Tells whoever listens of a request that was served. Without listeners it costs nothing. */
  tell(
    subject: TokenSubject,
    { connection }: Pick<ConnectionTokenRequest, 'connection'>,
    outcome: Pick<TokenRequest, 'source' | 'errorCode'>,
  ): void {
    if (!TOKEN_REQUESTED.hasSubscribers) return;
    TOKEN_REQUESTED.publish({ ...this.factsOf(subject, connection), ...outcome } satisfies TokenRequest);
  }

  private factsOf(
    subject: TokenSubject,
    connection: string,
  ): { instance: string; connection: string; subjectType: SubjectType } {
    return { instance: this.options.instance, connection, subjectType: typeOf(subject) };
  }

  /** What Auth0 says of a grant that the provider has taken back may be what it says of an outage: both leave a way on. */
  private async withOffer(error: unknown, offer: () => Promise<ConnectOffer>): Promise<unknown> {
    if (error instanceof AccountNotConnected) {
      return new ConnectionRequiredError({ ...(await offer()), cause: error.cause });
    }
    if (!(error instanceof ProviderUnavailableError)) return error;
    const { auth0Status: status, auth0Error, auth0Description: description, cause } = error;
    const answer = { status, error: auth0Error, description };
    const { connection, connectUrl } = await offer();
    return new ProviderUnavailableError({ connection, connectUrl, answer, cause });
  }

  /** Notes what the application asks for in its decorators, so that a consent for one handler keeps what another needs. */
  name(connection: string, scopes: readonly string[]): void {
    this.scopes.name(connection, scopes);
  }

  /** Whether a token is good for these scopes, as far as Auth0 has said. */
  hasScopes(connection: string, token: ReadToken, scopes: readonly string[]): boolean {
    return this.scopes.lacking(connection, scopes, token).length === 0;
  }

  /** A consent that was given a moment ago is not asked for again: it would end here again, and so on. */
  private async insufficientScope(
    subject: TokenSubject,
    request: ConnectionTokenRequest,
    { granted, missing, browser }: { granted?: readonly string[]; missing: string[]; browser: BrowserPlace },
  ): Promise<InsufficientScopeError> {
    const { connection, loginHint } = request;
    const scopes = this.scopes.toAskFor(connection, request.scopes, granted);
    const { userKey } = keysOf(subject);
    if (await this.scopes.wereJustConsented({ userKey, connection, loginHint }, missing)) {
      return new InsufficientScopeError({ connection, loginHint, scopes, missingScopes: missing, justConsented: true });
    }
    return new InsufficientScopeError({
      ...(await this.offers.make(subject, { connection, loginHint, scopes }, browser)),
      missingScopes: missing,
    });
  }

  /** The stored token, or one that Auth0 has been asked for. It may lack scopes that were not granted a moment ago. */
  private async usableToken(
    subject: TokenSubject,
    request: ConnectionTokenRequest,
    skipStoreLookup: boolean,
  ): Promise<{ token: StoredToken; source: 'stored' | 'exchange' }> {
    const key = keyOf(subject, request);
    const askedAt = this.clock.now();
    const usable = (token: StoredToken): boolean =>
      this.isFresh(token) &&
      (!request.forceRefresh || token.obtainedAt > askedAt) &&
      (this.hasScopes(request.connection, token, request.scopes) ||
        token.obtainedAt > askedAt - LOOK_FOR_NEW_SCOPES_AFTER_MS);

    const stored = skipStoreLookup ? undefined : (await this.store.find(key))?.token;
    if (stored && usable(stored)) return { token: stored, source: 'stored' };
    const token = await this.exchanges.obtain(key, usable, () =>
      EXCHANGE.run(
        () => this.factsOf(subject, request.connection),
        () => this.exchange(subject, key, request),
      ),
    );
    return { token, source: 'exchange' };
  }

  private async exchange(
    subject: TokenSubject,
    key: ConnectionTokenKey,
    request: ConnectionTokenRequest,
  ): Promise<ObtainedToken> {
    try {
      const { connection, loginHint, scopes } = request;
      const answer = await this.subjectTokens.present(subject, scopes, (issuerOrigin, subjectToken) =>
        this.vault.exchange({ issuerOrigin, subjectToken, connection, loginHint }),
      );
      return this.toToken(answer, endOf(subject));
    } catch (error) {
      this.operator.about(error);
      if (!(error instanceof AccountNotConnected)) throw error;
      const hadToken = await this.store.forget(key); // removed elsewhere: no session of the user keeps its token
      if (hadToken || error.wasRevoked) await this.tellReconnectNeeded(subject, request);
      throw error;
    }
  }

  private tellReconnectNeeded(subject: TokenSubject, { connection, loginHint }: ConnectionTokenRequest): Promise<void> {
    const domain = subject instanceof LoginSession ? subject.record.issuerOrigin : subject.issuerOrigin;
    return this.hooks.tell(RECONNECT_NEEDED, { userId: subject.userId, domain, connection, loginHint });
  }

  /** @param latest nobody could get it with the subject's own token after that */
  private toToken(answer: ProviderToken, latest: number): ObtainedToken {
    const now = this.clock.now();
    // `tokenWithoutExpirySeconds` is how long it is used: the leeway comes on top.
    const bound =
      this.options.tokenWithoutExpiryMs > 0 ? this.options.tokenWithoutExpiryMs + this.options.tokenLeewayMs : 0;
    const lifetimeMs = answer.expiresIn === undefined ? bound : answer.expiresIn * 1000;
    return {
      token: {
        accessToken: answer.accessToken,
        scopes: answer.scopes,
        obtainedAt: now,
        expiresAt: Math.min(now + lifetimeMs, latest),
      },
      keep: lifetimeMs > 0,
    };
  }
}

function typeOf(subject: TokenSubject): SubjectType {
  if (subject instanceof ApiCaller) return 'api_caller';
  return subject instanceof BackgroundUser ? 'user' : 'session';
}

/** Which row. Two spellings of a login hint are two rows: whether they are one account is for Auth0 to say. */
export function keyOf(
  subject: TokenSubject,
  { connection, loginHint, scopes }: Pick<ConnectionTokenRequest, 'connection' | 'loginHint' | 'scopes'>,
): ConnectionTokenKey {
  // A worker is given the scopes it asks for and no others: each set of them is a token of its own.
  const asked = subject instanceof BackgroundUser ? scopes.toSorted() : [];
  return {
    ...keysOf(subject),
    id: connectionTokenId(connection, loginHint, asked),
    connection,
    loginHintKey: loginHintKeyOf(loginHint),
  };
}

export function connectionTokenId(
  connection: string,
  loginHint: string | undefined,
  scopes: readonly string[] = [],
): string {
  return digest('connection', connection, loginHintKeyOf(loginHint), ...scopes);
}

/** When a subject's own token ends, after which it could get no token any more. */
function endOf(subject: TokenSubject): number {
  return subject instanceof ApiCaller ? subject.expiresAt.getTime() : Number.POSITIVE_INFINITY;
}

function loginHintKeyOf(loginHint: string | undefined): string {
  return loginHint === undefined ? '' : digest('login_hint', loginHint.trim());
}

/** As the caller gets it: to be changed without harm. */
export function toConnectionToken(
  { connection, loginHint }: Pick<ConnectionTokenRequest, 'connection' | 'loginHint'>,
  { accessToken, expiresAt, scopes }: ReadToken,
): ConnectionToken {
  return {
    accessToken,
    expiresAt: new Date(expiresAt),
    scopes: [...(scopes ?? [])],
    connection,
    ...(loginHint !== undefined && { loginHint }),
  };
}
