import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  AuthorizationDeniedError,
  Auth0RefusedError,
  InvalidCallbackError,
  InvalidRequestError,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from '../shared/app-addresses.js';
import { safeReturnTo } from '../shared/app-urls.js';
import { parseCallback } from '../transactions/callback.js';
import { digest } from '../shared/digest.js';
import { isRandomToken, randomToken } from '../shared/random.js';
import { codeChallengeOf } from '../shared/pkce.js';
import { parseScopes } from '../shared/scopes.js';
import type { JsonValue, LoginTransaction } from '../transactions/transaction.js';
import { Transactions } from '../transactions/transactions.js';
import { ApiAccessTokens, type ApiAccessToken } from './api-access-tokens.js';
import type { LoginSession } from './login-session.js';
import { AUTHORIZATION_SERVER, SESSION_STORE, type AuthorizationServer, type SessionStore } from './ports.js';

import { SessionService } from './session.service.js';

/** A person may look for the mail with the one-time code for a while. */
const LOGIN_TTL_MS = 60 * 60 * 1000;

export interface StartInteractiveLoginOptions {
  /** Where the person goes after the login, a path of the application. Default `/`. */
  returnTo?: string;
  /** Comes back from `completeInteractiveLogin`. */
  appState?: JsonValue;
  /** Parameters of `/authorize` for this login: `connection`, `organization`, `invitation`, `login_hint`, `screen_hint`, `prompt`, `max_age`, `ui_locales`, also `audience` and `scope`. */
  authorizationParams?: Readonly<Record<string, string | number | undefined>>;
  /** Where Auth0 sends the browser back. Default: the callback route. */
  redirectUri?: string;
  /** Which of the allowed domains, an origin. Default: the first. */
  domain?: string;
  /** What the browser's login cookie holds, if it has one: parallel logins of one browser share it. */
  browserId?: string;
}

export interface InteractiveLogin {
  /** Send the browser there. */
  authorizationUrl: string;
  /** Put this in the browser's login cookie: the callback is good in this browser only. */
  browserId: string;
  state: string;
  expiresAt: Date;
}

export interface CompletedLogin {
  session: LoginSession;
  /** Put this in the session cookie. It is nowhere else. */
  sessionToken: string;
  returnTo: string;
  appState?: JsonValue;
}

/** Login with Auth0: authorization code flow with PKCE, `state` and `nonce`, a session of our own at the end. */
@Injectable()
export class LoginService {
  private readonly logger = new Logger(LoginService.name);

  constructor(
    @Inject(AUTHORIZATION_SERVER) private readonly auth0: AuthorizationServer,
    @Inject(Transactions) private readonly transactions: Transactions,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(ApiAccessTokens) private readonly apiAccessTokens: ApiAccessTokens,
    @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Begins a login.
   * @throws InvalidReturnToError, InvalidRequestError, Auth0UnavailableError
   */
  async startInteractiveLogin(options: StartInteractiveLoginOptions = {}): Promise<InteractiveLogin> {
    const returnTo = safeReturnTo(options.returnTo ?? '/', this.options.appBaseUrl);
    const parameters = this.authorizationParams(options.authorizationParams);
    const redirectUri = options.redirectUri ?? this.addresses.loginCallback();
    const domain = options.domain ?? this.options.domains[0];
    if (!this.options.domains.includes(domain)) throw new InvalidRequestError('domain', 'must be an allowed domain');
    const state = randomToken();
    const browserId = isRandomToken(options.browserId) ? options.browserId : randomToken();
    const transaction: LoginTransaction = {
      kind: 'login',
      domain,
      codeVerifier: randomToken(),
      nonce: randomToken(),
      redirectUri,
      returnTo,
      appState: options.appState,
      audience: parameters.audience,
      scope: parameters.scope ?? '',
      maxAgeSeconds: parameters.max_age === undefined ? undefined : Number(parameters.max_age),
    };
    const authorizationUrl = await this.auth0.authorizationUrl(domain, {
      ...parameters,
      redirect_uri: redirectUri,
      state,
      nonce: transaction.nonce,
      code_challenge: codeChallengeOf(transaction.codeVerifier),
      code_challenge_method: 'S256',
    });
    const expiresAt = await this.transactions.save(state, transaction, {
      owner: ownerOf(browserId),
      ttlMs: LOGIN_TTL_MS,
    });
    return { authorizationUrl, browserId, state, expiresAt };
  }

  /**
   * Completes a login from the URL that the browser came back to, and begins a session under a new id.
   * @throws InvalidStateError, InvalidCallbackError, AuthorizationDeniedError; Auth0 is not asked then
   */
  async completeInteractiveLogin(
    callbackUrl: string | URL,
    options: {
      /** What the browser's login cookie holds. */
      browserId?: string;
      /** What its session cookie holds: that session ends. */
      previousSessionToken?: string;
    } = {},
  ): Promise<CompletedLogin> {
    const callback = parseCallback(callbackUrl, this.options.appBaseUrl);
    const transaction = await this.transactions.consume(callback.state, 'login', ownerOf(options.browserId ?? ''));
    if (callback.error !== undefined) throw new AuthorizationDeniedError(callback.error, transaction.returnTo);
    if (callback.code === undefined || callback.connectCode !== undefined) {
      throw new InvalidCallbackError('The answer holds no authorization code. Log in again', transaction);
    }
    const response = await this.exchangeCode(transaction, callback);
    const { session, sessionToken } = await this.sessions.begin({ domain: transaction.domain, ...response });
    await this.sessions.endByToken(options.previousSessionToken);
    await this.apiAccessTokens.remember(
      session,
      { audience: transaction.audience, scopes: parseScopes(transaction.scope) },
      response,
    );
    return { session, sessionToken, returnTo: transaction.returnTo, appState: transaction.appState };
  }

  /**
   * An access token of this session for an API: stored and reused while fresh, else obtained with the refresh token.
   * @param request default: the audience and scope of the login. Without a scope for another audience Auth0 decides.
   * @throws LoginRequiredError, MissingRefreshTokenError, StepUpRequiredError, Auth0MisconfiguredError,
   * RateLimitedError, Auth0UnavailableError
   */
  async getAccessToken(
    session: LoginSession,
    request: { audience?: string; scope?: string } = {},
  ): Promise<ApiAccessToken> {
    const audience = request.audience ?? this.options.audience;
    const scope = request.scope ?? (audience === this.options.audience ? this.options.scope : '');
    return this.apiAccessTokens.get(session, { audience, scopes: parseScopes(scope) });
  }

  /**
   * Ends the session here, and tells where to send the browser to end it at Auth0 too. When Auth0 cannot be reached
   * the session has ended all the same, and the address is the application's.
   */
  async logout(
    session: LoginSession | undefined,
    options: { /** A path of the application. Default `/`. */ returnTo?: string } = {},
  ): Promise<{ logoutUrl: string }> {
    const returnTo = `${new URL(this.options.appBaseUrl).origin}${safeReturnTo(options.returnTo ?? '/', this.options.appBaseUrl)}`;
    const grant = session && (await this.store.readGrant(session.id));
    if (session) await this.store.delete(session.id);
    // Auth0 compares with its list of allowed URLs, where the application's root has no slash.
    const allowed = options.returnTo === undefined ? this.options.appBaseUrl : returnTo;
    try {
      const domain = session?.record.domain ?? this.options.domains[0];
      return { logoutUrl: await this.auth0.logoutUrl({ domain, returnTo: allowed, idTokenHint: grant?.idToken }) };
    } catch (error) {
      this.logger.warn(`Logged out here only: ${error instanceof Error ? error.message : 'unknown failure'}`);
      return { logoutUrl: allowed };
    }
  }

  private authorizationParams(given: StartInteractiveLoginOptions['authorizationParams']): Record<string, string> {
    const parameters: Record<string, string> = { ...this.options.authorizationParams, scope: this.options.scope };
    if (this.options.audience !== undefined) parameters.audience = this.options.audience;
    for (const [name, value] of Object.entries(given ?? {})) {
      if (value !== undefined) parameters[name] = String(value);
    }
    if (!parseScopes(parameters.scope).includes('openid')) {
      throw new InvalidRequestError('scope', 'must contain "openid"');
    }
    return parameters;
  }

  private async exchangeCode(transaction: LoginTransaction, callback: { state: string; parameters: URLSearchParams }) {
    const callbackUrl = new URL(transaction.redirectUri);
    for (const [name, value] of callback.parameters) callbackUrl.searchParams.append(name, value);
    try {
      return await this.auth0.exchangeCode({
        domain: transaction.domain,
        callbackUrl,
        state: callback.state,
        nonce: transaction.nonce,
        codeVerifier: transaction.codeVerifier,
        maxAgeSeconds: transaction.maxAgeSeconds,
      });
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
      throw new InvalidCallbackError('Auth0 does not accept this authorization code. Log in again', {
        returnTo: transaction.returnTo,
        cause: error,
      });
    }
  }
}

function ownerOf(browserId: string): string {
  return digest('browser', browserId);
}
