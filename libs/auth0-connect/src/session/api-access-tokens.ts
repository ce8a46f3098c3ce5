import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Auth0MisconfiguredError, InvalidAuth0ResponseError, InvalidRequestError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { OPERATOR, type Operator } from '../ports/operator.js';
import { isScopeToken, missingScopes, toldScopes, unionOfScopes } from '../shared/scopes.js';
import { wholeSeconds } from '../shared/whole-seconds.js';
import { ExchangeCoordinator, type ObtainedToken } from '../tokens/exchange-coordinator.js';
import { LEASE_MS } from '../tokens/lease.js';
import type { StoredToken } from '../tokens/ports.js';
import { accessTokenClaims, type AccessTokenClaims } from './access-token-claims.js';
import { apiAccessTokenId } from './keys.js';
import type { LoginSession } from './login-session.js';
import {
  API_ACCESS_TOKEN_STORE,
  type ApiAccessTokenKey,
  type ApiAccessTokenStore,
  type TokenResponse,
} from './ports.js';
import { RefreshTokens } from './refresh-tokens.js';

/**
 * An Auth0 access token for an API.
 * @see https://auth0.com/docs/secure/tokens/refresh-tokens/multi-resource-refresh-token
 */
export interface ApiAccessToken {
  /** Opaque or a JWT, as the API is set up. */
  accessToken: string;
  /** How it is sent: `DPoP` needs a proof of `LoginService.createDpopProof` beside it. */
  tokenType: 'Bearer' | 'DPoP';
  /** When it ends. */
  expiresAt: Date;
  /** Undefined for a token that is for no API but `/userinfo`. */
  audience: string | undefined;
  /** What Auth0 granted. */
  scopes: string[];
  /** What was asked for and not granted: outside the refresh-token policies of the application, or of the user. */
  missingScopes: string[];
}

/** Access tokens of a session for any API, by its one refresh token (Multi-Resource Refresh Token). */
@Injectable()
export class ApiAccessTokens implements BeforeApplicationShutdown {
  private readonly exchanges: ExchangeCoordinator<ApiAccessTokenKey>;

  constructor(
    @Inject(API_ACCESS_TOKEN_STORE) private readonly store: ApiAccessTokenStore,
    @Inject(RefreshTokens) private readonly grants: RefreshTokens,
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

  /** The stored token when it is fresh, else a new one. */
  async get(session: LoginSession, request: { audience?: string; scopes: readonly string[] }): Promise<ApiAccessToken> {
    checkAudience(request.audience);
    const scopes = checkScopes(request.scopes);
    const key = keyOf(session, request.audience, scopes);
    const cached = await this.findCached(key);
    const token =
      cached ??
      (await this.exchanges.obtain(
        key,
        (stored) => this.isFresh(stored),
        () => this.refresh(session, key),
      ));
    return {
      accessToken: token.accessToken,
      tokenType: token.tokenType ?? 'Bearer',
      expiresAt: new Date(token.expiresAt),
      audience: request.audience,
      scopes: [...(token.scopes ?? [])],
      missingScopes: missingScopes(scopes, token.scopes ?? scopes),
    };
  }

  /** A new token, whatever is stored, and with it what Auth0 says of the user now. */
  async renew(session: LoginSession, request: { audience?: string; scopes: readonly string[] }): Promise<void> {
    const key = keyOf(session, request.audience, checkScopes(request.scopes));
    const askedAt = this.clock.now();
    const isNew = (token: StoredToken): boolean => this.isFresh(token) && token.obtainedAt > askedAt;
    await this.exchanges.obtain(key, isNew, () => this.refresh(session, key));
  }

  /** Keeps the access token that came with the login. */
  async remember(session: LoginSession, request: { audience?: string; scopes: string[] }, response: TokenResponse) {
    const key = keyOf(session, request.audience, request.scopes.toSorted());
    const { token, keep } = this.toToken(session, key, response);
    if (keep)
      await this.exchanges.obtain(
        key,
        () => false,
        async () => ({ token, keep }),
      );
  }

  /** Forgets a token that an API has refused. */
  async forget(session: LoginSession, request: { audience?: string; scopes: readonly string[] }): Promise<void> {
    await this.store.forget(keyOf(session, request.audience, request.scopes.toSorted()));
  }

  /**
   * A fresh token that was asked for with these scopes or more. What was refused then would be refused again. Asking for
   * none means all that Auth0 gives, which a token for some of them is not.
   */
  private async findCached(key: ApiAccessTokenKey): Promise<StoredToken | undefined> {
    const stored = await this.store.findForAudience(key.sessionId, key.audience);
    return stored.find(
      ({ requestedScopes, state }) =>
        state.token !== undefined &&
        this.isFresh(state.token) &&
        (key.requestedScopes.length > 0 || requestedScopes.length === 0) &&
        missingScopes(key.requestedScopes, unionOfScopes(requestedScopes, state.token.scopes ?? [])).length === 0,
    )?.state.token;
  }

  private isFresh(token: StoredToken): boolean {
    return token.expiresAt - this.options.tokenLeewayMs > this.clock.now();
  }

  private async refresh(session: LoginSession, key: ApiAccessTokenKey): Promise<ObtainedToken> {
    try {
      const response = await this.grants.refresh(session, {
        audience: key.audience || undefined,
        scope: key.requestedScopes.join(' ') || undefined,
      });
      return this.toToken(session, key, response);
    } catch (error) {
      this.operator.about(error, session.record.issuerOrigin);
      throw error;
    }
  }

  private toToken(session: LoginSession, key: ApiAccessTokenKey, response: TokenResponse): ObtainedToken {
    const claims = accessTokenClaims(response.accessToken);
    assertAudience(key.audience, claims);
    assertUser(session.userId, claims);
    const now = this.clock.now();
    const expiresAt =
      response.expiresIn !== undefined
        ? now + response.expiresIn * 1000
        : typeof claims?.exp === 'number'
          ? endOf(claims.exp)
          : undefined;
    return {
      token: {
        accessToken: response.accessToken,
        tokenType: response.tokenType,
        scopes: toldScopes(response.scope || undefined) ?? key.requestedScopes,
        obtainedAt: now,
        expiresAt: expiresAt ?? now,
      },
      keep: expiresAt !== undefined,
    };
  }
}

function keyOf(session: LoginSession, audience: string | undefined, scopes: readonly string[]): ApiAccessTokenKey {
  return {
    owner: session.id,
    id: apiAccessTokenId(audience ?? '', scopes),
    userKey: session.record.userKey,
    sessionId: session.id,
    audience: audience ?? '',
    requestedScopes: scopes,
  };
}

/** As long as the column it is kept in. */
const LONGEST_AUDIENCE = 600;

function checkAudience(audience: string | undefined): void {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (audience !== undefined && (audience.length > LONGEST_AUDIENCE || /[\u0000-\u001f\u007f]/.test(audience))) {
    throw new InvalidRequestError('audience', `must be text of at most ${LONGEST_AUDIENCE} characters`);
  }
}

/** As much as fits a request. */
const LONGEST_SCOPE = 8192;

/** @returns each once, sorted */
function checkScopes(given: readonly string[]): string[] {
  const scopes = [...new Set(given)].toSorted();
  if (scopes.every(isScopeToken) && scopes.join(' ').length <= LONGEST_SCOPE) return scopes;
  throw new InvalidRequestError(
    'scope',
    `must consist of scopes (RFC 6749 section 3.3), at most ${LONGEST_SCOPE} characters`,
  );
}

/** Milliseconds since the epoch. */
function endOf(exp: number): number {
  const end = wholeSeconds(exp);
  if (end === undefined) throw new InvalidAuth0ResponseError('refresh', 'the end of the access token is not a time');
  return end * 1000;
}

/** One user's token never gets into another's session. */
function assertUser(userId: string, claims: AccessTokenClaims | undefined): void {
  if (claims?.sub !== undefined && claims.sub !== userId) {
    throw new InvalidAuth0ResponseError('refresh', 'the access token is of another user');
  }
}

/** With an audience outside the policies Auth0 may answer 200 with a token for another one. */
function assertAudience(audience: string, claims: AccessTokenClaims | undefined): void {
  if (audience === '' || claims === undefined) return;
  if (![claims.aud ?? []].flat().includes(audience)) {
    throw new Auth0MisconfiguredError(
      'refresh',
      `Auth0 gave an access token for another audience than "${audience}". Add this API to the application's refresh-token policies (MRRT)`,
    );
  }
}
