import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  AccessDeniedError,
  Auth0ConnectError,
  Auth0RefusedError,
  Auth0UnavailableError,
  CipherUnavailableError,
  LoginRequiredError,
  MissingRefreshTokenError,
  RateLimitedError,
  StorageUnavailableError,
} from '../errors/index.js';
import { LEASE_WAIT } from '../events/traced.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, TICKS, type Clock, type Ticks } from '../ports/clock.js';
import { WAIT, type Wait } from '../ports/wait.js';
import { missingScopes, parseScopes } from '../shared/scopes.js';
import { claimLease, LEASE_MS, whileRenewing, type LeaseRow, type SeenLease } from '../tokens/lease.js';
import { LeaseWatch } from '../tokens/lease-watch.js';
import { accessTokenClaims } from './access-token-claims.js';
import { idTokenToKeep } from './id-token-hint.js';
import type { LoginSession } from './login-session.js';
import { SessionEnds } from './session-ends.js';
import { aboutTheUser, fitsRow } from './user-claims.js';
import {
  REFRESH_GRANT,
  SESSION_STORE,
  type RefreshGrant,
  type SessionCredentials,
  type SessionStore,
  type TokenResponse,
} from './ports.js';

const STORE_AGAIN_AFTER_MS = 50;
const STORE_AGAIN_AFTER_MS_LATER = 1_000;

interface RefreshRequest {
  readonly audience?: string;
  readonly scope?: string;
}

/** One refresh of a session, among those that wait for it. */
interface Turn {
  readonly askedAt: number;
  /** How the refresh before it failed, if that was something that passes. */
  readonly failure?: { readonly at: number; readonly error: Error };
}

/**
 * The refresh token of a session: spent by one at a time in all processes, replaced before anything else happens when
 * Auth0 rotates it, and never asked for again once Auth0 refused it.
 */
@Injectable()
export class RefreshTokens implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth0Connect');
  /** The last refresh of each session: the next one waits for it. */
  private readonly queues = new Map<string, Promise<Turn['failure']>>();
  private readonly leases: LeaseWatch;

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(SessionEnds) private readonly ends: SessionEnds,
    @Inject(REFRESH_GRANT) private readonly auth0: RefreshGrant,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'timeoutMs' | 'scope' | 'session'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WAIT) private readonly wait: Wait,
    @Inject(TICKS) private readonly ticks: Ticks,
  ) {
    this.leases = new LeaseWatch({ heldAmong: (leases) => store.refreshLeasesAmong(leases) }, wait, ticks);
  }

  /** A token that Auth0 has rotated is stored before the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    const settled = Promise.allSettled(this.queues.values());
    // What has ended is waited for no longer: a timer would keep the process.
    const waited = new AbortController();
    const longest = this.wait(this.options.timeoutMs + LEASE_MS, waited.signal).catch(() => undefined);
    await Promise.race([settled, longest]);
    waited.abort();
  }

  /**
   * The refresh token, to be shown and not spent (Token Vault leaves it valid).
   * @throws LoginRequiredError, MissingRefreshTokenError
   */
  async read(session: LoginSession): Promise<{ refreshToken: string; version: number; dpopKey?: string }> {
    const credentials = await this.store.readCredentials(session.id);
    const refreshToken = refreshTokenOf(credentials);
    return { refreshToken, version: credentials?.version ?? 0, dpopKey: credentials?.dpopKey };
  }

  /** Auth0 refused the refresh token of this version: the session ends, or goes on without one. */
  async refused(session: LoginSession, version: number): Promise<void> {
    if (this.options.session.endsWithRefreshToken) await this.ends.endRefused(session.id, version);
    else await this.store.markLoginRequired(session.id, version);
  }

  /**
   * Spends the refresh token for an access token. Those who ask for one session go one after the other; a failure that
   * passes is that of all who waited for it.
   * @throws LoginRequiredError when Auth0 no longer takes it, or the session is gone
   * @throws Auth0UnavailableError when it takes longer than a call may; a rotated refresh token is kept all the same
   */
  refresh(session: LoginSession, request: RefreshRequest): Promise<TokenResponse> {
    const refreshing = this.inTurn(session.id, () => this.withLease(session.id, () => this.spend(session, request)));
    return this.within(this.options.timeoutMs + LEASE_MS, refreshing);
  }

  private async spend(session: LoginSession, request: RefreshRequest): Promise<TokenResponse> {
    const credentials = await this.store.readCredentials(session.id);
    const refreshToken = refreshTokenOf(credentials);
    let version = credentials?.version ?? 0;
    try {
      const response = await this.auth0.refresh({
        issuerOrigin: session.record.issuerOrigin,
        refreshToken,
        ...request,
        dpopKey: credentials?.dpopKey,
        onRefreshToken: async (rotated) => {
          if (rotated === refreshToken) return;
          if (await this.keepRotated(session.id, version, rotated)) version += 1;
        },
      });
      if (!isOf(session, response)) {
        // The account has been linked to another one, most likely. A refresh token that came along is that user's.
        await this.refused(session, version);
        throw new LoginRequiredError('Auth0 answered with the tokens of another user or organization. Log in again');
      }
      await this.keepIdToken(session, version, request, response);
      return response;
    } catch (error) {
      if (saysBlocked(error)) await this.refused(session, version);
      if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
      await this.refused(session, version);
      throw new LoginRequiredError('Auth0 ended this login. Log in again', { cause: error });
    }
  }

  /** The ID token itself for the logout, and what it says of the user: both are newer than those of the login. */
  private async keepIdToken(
    session: LoginSession,
    version: number,
    { scope }: RefreshRequest,
    response: TokenResponse,
  ): Promise<void> {
    const idToken = idTokenToKeep(response.idToken);
    if (idToken) await this.store.storeCredentials(session.id, version, { idToken });
    // An ID token for fewer scopes says less of the user than the session knows.
    if (!response.claims || !coversIdentity(scope, this.options.scope)) return;
    const claims = aboutTheUser(response.claims);
    if (fitsRow(claims) && !isDeepStrictEqual(claims, session.record.claims)) {
      await this.store.storeClaims(session.record, claims);
    }
  }

  /**
   * The only copy there is: it is stored for as long as that takes, under the lease, whoever has stopped waiting. Storing
   * it twice changes nothing.
   */
  private async keepRotated(sessionId: string, seenVersion: number, refreshToken: string): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (await this.store.storeCredentials(sessionId, seenVersion, { refreshToken })) return true;
        // Perhaps an attempt whose answer was lost has stored it.
        return (await this.store.readCredentials(sessionId))?.refreshToken === refreshToken;
      } catch (error) {
        const reason = error instanceof Auth0ConnectError ? error.code : 'unknown failure';
        if (attempt === 3)
          this.logger.error(`A rotated refresh token cannot be stored yet: ${reason}. It is kept meanwhile`);
        await this.wait(Math.min(STORE_AGAIN_AFTER_MS * attempt, STORE_AGAIN_AFTER_MS_LATER));
      }
    }
  }

  /** One after the other in this process, so that only one of them looks for the lease. */
  private inTurn(sessionId: string, work: () => Promise<TokenResponse>): Promise<TokenResponse> {
    const askedAt = this.ticks();
    const before = this.queues.get(sessionId) ?? Promise.resolve(undefined);
    const turn = before.then((failure) => {
      if (failure && failure.at >= askedAt) throw failure.error;
      return work();
    });
    const settled = turn.then(
      () => undefined,
      (error: unknown) => (isPassing(error) ? { at: this.ticks(), error } : undefined),
    );
    this.queues.set(sessionId, settled);
    void this.forgetAfter(settled, sessionId);
    return turn;
  }

  private async forgetAfter(turn: Promise<unknown>, sessionId: string): Promise<void> {
    await turn;
    if (this.queues.get(sessionId) === turn) this.queues.delete(sessionId);
  }

  private async withLease<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const row: LeaseRow<SeenLease | { lease?: undefined }> = {
      claim: (lease, abandoned) => this.store.claimRefreshLease(sessionId, lease, abandoned),
      renew: (lease) => this.store.renewRefreshLease(sessionId, lease),
    };
    for (let abandoned: SeenLease | undefined; ;) {
      const claim = await claimLease(row, this.clock.now(), abandoned);
      if (claim.holder === 'nobody') throw new LoginRequiredError('This session has ended. Log in again');
      if (claim.holder === 'us') return this.asHolder(sessionId, row, claim.lease, work);
      abandoned = await this.waitForHolder(sessionId, claim.state);
    }
  }

  /** @returns the lease as its dead holder has left it */
  private async waitForHolder(
    sessionId: string,
    held: SeenLease | { lease?: undefined },
  ): Promise<SeenLease | undefined> {
    if (held.lease === undefined) return undefined;
    const { abandoned } = await LEASE_WAIT.run(
      () => ({ lease: 'refresh_token' }),
      () => this.leases.untilReleased({ owner: sessionId, ...held }),
    );
    return abandoned;
  }

  private async asHolder<T>(
    sessionId: string,
    row: LeaseRow<object>,
    lease: string,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      const renew = (leaseExpiresAt: number): Promise<boolean> => row.renew({ lease, leaseExpiresAt });
      return await whileRenewing(renew, () => this.clock.now(), work);
    } finally {
      // A lease that cannot be released ends by itself, and what was done under it counts.
      await this.store.releaseRefreshLease(sessionId, lease).catch(() => undefined);
    }
  }

  private async within<T>(longestMs: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Auth0UnavailableError('refresh')), longestMs);
    });
    return Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
  }
}

/** One user's token never gets into another's session, nor one of another organization. */
function isOf({ userId, orgId }: LoginSession, { claims, accessToken }: TokenResponse): boolean {
  const named = [claims?.sub, accessTokenClaims(accessToken)?.sub];
  const isSameOrganization = claims === undefined || orgId === undefined || claims.org_id === orgId;
  return isSameOrganization && named.every((sub) => sub === undefined || sub === userId);
}

/** An Action may give the same code, in other words. */
function saysBlocked(error: unknown): boolean {
  return (
    error instanceof AccessDeniedError &&
    error.auth0Error === 'unauthorized' &&
    /\bblocked\b/i.test(error.auth0Description ?? '')
  );
}

/** Scopes by which an ID token says more of the user, OpenID Connect Core section 5.4. */
const CLAIM_SCOPES = ['openid', 'profile', 'email', 'address', 'phone'];

/** Whether a refresh asks for as much about the user as the login did. Without a scope it does. */
function coversIdentity(asked: string | undefined, ofLogin: string): boolean {
  if (asked === undefined) return true;
  const wanted = parseScopes(ofLogin).filter((scope) => CLAIM_SCOPES.includes(scope));
  return missingScopes(wanted, parseScopes(asked)).length === 0;
}

const PASSING = [Auth0UnavailableError, RateLimitedError, StorageUnavailableError, CipherUnavailableError];

function isPassing(error: unknown): error is Error {
  return PASSING.some((type) => error instanceof type);
}

function refreshTokenOf(credentials: SessionCredentials | undefined): string {
  if (!credentials) throw new LoginRequiredError('This session has ended. Log in again');
  if (credentials.loginRequired) throw new LoginRequiredError('Auth0 ended this login. Log in again');
  if (credentials.refreshToken === undefined) throw new MissingRefreshTokenError();
  return credentials.refreshToken;
}
