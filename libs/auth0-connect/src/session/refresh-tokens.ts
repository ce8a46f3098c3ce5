import { Inject, Injectable } from '@nestjs/common';
import { Auth0RefusedError, LoginRequiredError, MissingRefreshTokenError } from '../errors/index.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { randomToken } from '../shared/random.js';
import { WAIT, type Wait } from '../ports/wait.js';
import { LEASE_MS, whileRenewing } from '../tokens/lease.js';
import {
  REFRESH_GRANT,
  SESSION_STORE,
  type RefreshGrant,
  type SessionCredentials,
  type SessionStore,
  type TokenResponse,
} from './ports.js';
import { idTokenToKeep } from './id-token-hint.js';
import type { LoginSession } from './login-session.js';

const LOOK_EVERY_MS = 50;
const STORE_ATTEMPTS = 4;

/**
 * The refresh token of a session: spent by one at a time in all processes, replaced before anything else happens when
 * Auth0 rotates it, and never asked for again once Auth0 refused it.
 */
@Injectable()
export class RefreshTokens {
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(REFRESH_GRANT) private readonly auth0: RefreshGrant,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WAIT) private readonly wait: Wait,
  ) {}

  /**
   * The refresh token, to be shown and not spent (Token Vault leaves it valid).
   * @throws LoginRequiredError, MissingRefreshTokenError
   */
  async read(session: LoginSession): Promise<{ refreshToken: string; version: number; dpopKey?: string }> {
    const grant = await this.store.readCredentials(session.id);
    return { refreshToken: refreshTokenOf(grant), version: grant?.version ?? 0, dpopKey: grant?.dpopKey };
  }

  /** Auth0 refused the refresh token of this version: nobody asks with it again. */
  async refused(session: LoginSession, version: number): Promise<void> {
    await this.store.markLoginRequired(session.id, version);
  }

  /**
   * Spends the refresh token for an access token.
   * @throws LoginRequiredError when Auth0 no longer takes it, or the session is gone
   */
  refresh(session: LoginSession, request: { audience?: string; scope?: string }): Promise<TokenResponse> {
    return this.inTurn(session.id, () => this.withLease(session.id, () => this.spend(session, request)));
  }

  private async spend(session: LoginSession, request: { audience?: string; scope?: string }): Promise<TokenResponse> {
    const grant = await this.store.readCredentials(session.id);
    const refreshToken = refreshTokenOf(grant);
    let version = grant?.version ?? 0;
    try {
      const response = await this.auth0.refresh({
        issuerOrigin: session.record.issuerOrigin,
        refreshToken,
        ...request,
        dpopKey: grant?.dpopKey,
        onRefreshToken: async (rotated) => {
          if (rotated === refreshToken) return;
          if (await this.keepRotated(session.id, version, rotated)) version += 1;
        },
      });
      if (response.claims && response.claims.sub !== session.userId) {
        // A refresh token that came along is that user's: it must not be used for this one.
        await this.store.markLoginRequired(session.id, version);
        throw new LoginRequiredError('Auth0 answered with the tokens of another user. Log in again');
      }
      const idToken = idTokenToKeep(response.idToken);
      if (idToken) await this.store.storeCredentials(session.id, version, { idToken });
      return response;
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
      await this.store.markLoginRequired(session.id, version);
      throw new LoginRequiredError('Auth0 ended this login. Log in again', { cause: error });
    }
  }

  /** The only copy there is: a passing fault of the database must not lose it. Storing it twice changes nothing. */
  private async keepRotated(sessionId: string, seenVersion: number, refreshToken: string): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (await this.store.storeCredentials(sessionId, seenVersion, { refreshToken })) return true;
        // Perhaps an attempt whose answer was lost has stored it.
        return (await this.store.readCredentials(sessionId))?.refreshToken === refreshToken;
      } catch (error) {
        if (attempt === STORE_ATTEMPTS) throw error;
        await this.wait(LOOK_EVERY_MS * attempt);
      }
    }
  }

  /** One after the other in this process, so that only one of them looks for the lease. */
  private inTurn<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(sessionId) ?? Promise.resolve();
    const turn = before.then(work, work);
    const settled = turn.catch(() => undefined);
    this.queues.set(sessionId, settled);
    return turn.finally(() => {
      if (this.queues.get(sessionId) === settled) this.queues.delete(sessionId);
    });
  }

  private async withLease<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const lease = randomToken();
    while (!(await this.store.claimRefreshLease(sessionId, lease, this.clock.now(), this.clock.now() + LEASE_MS))) {
      if (!(await this.store.readCredentials(sessionId)))
        throw new LoginRequiredError('This session has ended. Log in again');
      await this.wait(LOOK_EVERY_MS);
    }
    try {
      const renew = () => this.store.renewRefreshLease(sessionId, lease, this.clock.now() + LEASE_MS);
      return await whileRenewing(renew, work);
    } finally {
      // A lease that cannot be released ends by itself, and what was done under it counts.
      await this.store.releaseRefreshLease(sessionId, lease).catch(() => undefined);
    }
  }
}

function refreshTokenOf(grant: SessionCredentials | undefined): string {
  if (!grant) throw new LoginRequiredError('This session has ended. Log in again');
  if (grant.loginRequired) throw new LoginRequiredError('Auth0 ended this login. Log in again');
  if (grant.refreshToken === undefined) throw new MissingRefreshTokenError();
  return grant.refreshToken;
}
