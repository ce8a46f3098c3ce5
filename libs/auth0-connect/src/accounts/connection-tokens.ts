import { Inject, Injectable } from '@nestjs/common';
import { ConnectionRequiredError, InsufficientScopeError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { digest } from '../shared/digest.js';
import { missingScopes, unionOfScopes } from '../shared/scopes.js';
import { ExchangeCoordinator, type ObtainedToken } from '../tokens/exchange-coordinator.js';
import type { StoredToken, TokenState } from '../tokens/ports.js';
import type { ConnectionToken } from './connected-account.js';
import {
  CONNECTION_TOKEN_STORE,
  TOKEN_VAULT,
  type ConnectionTokenSlot,
  type ConnectionTokenStore,
  type ProviderToken,
  type TokenVault,
} from './ports.js';
import { keysOf, type Subject } from './subject.js';
import { SubjectTokens } from './subject-tokens.js';

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
export class ConnectionTokens {
  private readonly exchanges: ExchangeCoordinator<ConnectionTokenSlot>;

  constructor(
    @Inject(CONNECTION_TOKEN_STORE) private readonly store: ConnectionTokenStore,
    @Inject(TOKEN_VAULT) private readonly vault: TokenVault,
    @Inject(SubjectTokens) private readonly subjectTokens: SubjectTokens,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.exchanges = new ExchangeCoordinator(store, clock);
  }

  /** @param seen what a request has read already, so that it need not be read again */
  async get(subject: Subject, request: ConnectionTokenRequest, seen?: TokenState): Promise<ConnectionToken> {
    const slot = slotOf(subject, request.connection, request.loginHint);
    const askedAt = this.clock.now();
    const usable = (token: StoredToken): boolean =>
      this.isFresh(token) &&
      (!request.forceRefresh || token.obtainedAt >= askedAt) &&
      (lacking(request, token).length === 0 || token.obtainedAt > askedAt - LOOK_FOR_NEW_SCOPES_AFTER_MS);

    const stored = (seen ?? (await this.store.find(slot)))?.token;
    const token =
      stored && usable(stored)
        ? stored
        : await this.exchanges.obtain(slot, usable, () => this.exchange(subject, slot, request));
    return this.handOver(request, token);
  }

  private handOver(request: ConnectionTokenRequest, token: StoredToken): ConnectionToken {
    const missing = lacking(request, token);
    if (missing.length > 0) {
      throw new InsufficientScopeError({
        connection: request.connection,
        loginHint: request.loginHint,
        scopes: unionOfScopes(token.scopes ?? [], request.scopes),
        missingScopes: missing,
      });
    }
    return {
      accessToken: token.accessToken,
      expiresAt: new Date(token.expiresAt),
      scopes: [...(token.scopes ?? [])],
      connection: request.connection,
      ...(request.loginHint !== undefined && { loginHint: request.loginHint }),
    };
  }

  private isFresh(token: StoredToken): boolean {
    return token.expiresAt - this.options.tokenLeewayMs > this.clock.now();
  }

  private async exchange(
    subject: Subject,
    slot: ConnectionTokenSlot,
    request: ConnectionTokenRequest,
  ): Promise<ObtainedToken> {
    try {
      const { connection, loginHint } = request;
      const answer = await this.subjectTokens.present(subject, (domain, subjectToken) =>
        this.vault.exchange({ domain, subjectToken, connection, loginHint }),
      );
      return this.toToken(answer);
    } catch (error) {
      if (!(error instanceof ConnectionRequiredError)) throw error;
      await this.store.forget(slot); // removed elsewhere: no session of the user keeps its token
      throw new ConnectionRequiredError({ ...request, cause: error });
    }
  }

  private toToken(answer: ProviderToken): ObtainedToken {
    const now = this.clock.now();
    // The bound for tokens without an expiry is time to be kept, which the leeway must not eat up.
    const bound =
      this.options.tokenWithoutExpiryMs > 0 ? this.options.tokenWithoutExpiryMs + this.options.tokenLeewayMs : 0;
    const lifetimeMs = answer.expiresIn === undefined ? bound : answer.expiresIn * 1000;
    return {
      token: { accessToken: answer.accessToken, scopes: answer.scopes, obtainedAt: now, expiresAt: now + lifetimeMs },
      keep: lifetimeMs > 0,
    };
  }
}

/** Which row. Two spellings of a login hint are two rows: whether they are one account is for Auth0 to say. */
export function slotOf(subject: Subject, connection: string, loginHint: string | undefined): ConnectionTokenSlot {
  return {
    ...keysOf(subject),
    slot: slotDigest(connection, loginHint),
    connection,
    loginHintKey: loginHintKeyOf(loginHint),
  };
}

export function slotDigest(connection: string, loginHint: string | undefined): string {
  return digest('connection', connection, loginHintKeyOf(loginHint));
}

function loginHintKeyOf(loginHint: string | undefined): string {
  return loginHint === undefined ? '' : digest('login_hint', loginHint.trim());
}

function lacking(request: ConnectionTokenRequest, token: StoredToken): string[] {
  return token.scopes === undefined ? [] : missingScopes(request.scopes, token.scopes);
}
