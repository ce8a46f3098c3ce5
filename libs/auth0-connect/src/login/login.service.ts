import { Inject, Injectable } from '@nestjs/common';
import {
  AuthorizationDeniedError,
  Auth0RefusedError,
  InvalidCallbackError,
  InvalidRequestError,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from '../ports/app-addresses.js';
import { safeReturnTo } from '../shared/app-urls.js';
import { parseCallback } from '../transactions/callback.js';
import { digest } from '../shared/digest.js';
import { issuerOf } from '../issuer/issuer.js';
import { isRandomToken, randomToken } from '../shared/random.js';
import { codeChallengeOf } from '../shared/pkce.js';
import { parseScopes } from '../shared/scopes.js';
import type { JsonValue, LoginTransaction } from '../transactions/transaction.js';
import { Transactions } from '../transactions/transactions.js';
import { ApiAccessTokens, type ApiAccessToken } from '../session/api-access-tokens.js';
import { dpopThumbprintOf, newDpopKey, type DpopProofRequest } from '../session/dpop-keys.js';
import {
  BackchannelLogins,
  type BackchannelLoginOptions,
  type BackchannelLoginOutcome,
  type PendingBackchannelLogin,
} from './backchannel-logins.js';
import { BackchannelLogout } from './backchannel-logout.js';
import { checkDomain, checkLoginScope, checkOrganization } from './login-request.js';
import type { LoginSession } from '../session/login-session.js';
import { Logout, type LogoutCallOptions } from './logout.js';
import { AUTHORIZATION_SERVER, type AuthorizationServer } from '../session/ports.js';
import { DpopProofSigner } from '../session/dpop-proof.signer.js';
import { SessionService } from '../session/session.service.js';
import { SessionStarter, type StartedSession } from './session-starter.js';
import { TokenExchangeLogins, type ExchangeTokenOptions } from './token-exchange-logins.js';

/** A person may look for the mail with the one-time code for a while. */
const LOGIN_TTL_MS = 60 * 60 * 1000;

/** How to log in, and where to go afterwards. */
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

/** A login that waits for the browser to come back. */
export interface InteractiveLogin {
  /** Send the browser there. */
  authorizationUrl: string;
  /** Put this in the browser's login cookie: the callback is good in this browser only. */
  browserId: string;
  state: string;
  expiresAt: Date;
}

/** A login that is done. */
export interface CompletedLogin extends StartedSession {
  returnTo: string;
  appState?: JsonValue;
}

/** Login with Auth0: authorization code flow with PKCE, `state` and `nonce`, a session of our own at the end. */
@Injectable()
export class LoginService {
  constructor(
    @Inject(AUTHORIZATION_SERVER) private readonly auth0: AuthorizationServer,
    @Inject(Transactions) private readonly transactions: Transactions,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(SessionStarter) private readonly starter: SessionStarter,
    @Inject(ApiAccessTokens) private readonly apiAccessTokens: ApiAccessTokens,
    @Inject(DpopProofSigner) private readonly proofs: DpopProofSigner,
    @Inject(BackchannelLogins) private readonly backchannelLogins: BackchannelLogins,
    @Inject(TokenExchangeLogins) private readonly tokenExchangeLogins: TokenExchangeLogins,
    @Inject(Logout) private readonly sessionEnd: Logout,
    @Inject(BackchannelLogout) private readonly backchannelLogout: BackchannelLogout,
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
    const issuerOrigin = checkDomain(options.domain, this.options);
    const state = randomToken();
    const browserId = isRandomToken(options.browserId) ? options.browserId : randomToken();
    const transaction: LoginTransaction = {
      kind: 'login',
      issuerOrigin,
      codeVerifier: randomToken(),
      nonce: randomToken(),
      redirectUri,
      returnTo,
      appState: options.appState,
      audience: parameters.audience,
      scope: parameters.scope ?? '',
      organization: parameters.organization,
      maxAgeSeconds: parameters.max_age === undefined ? undefined : Number(parameters.max_age),
      dpopKey: this.options.dpop ? await newDpopKey() : undefined,
    };
    const authorizationUrl = await this.auth0.authorizationUrl(issuerOrigin, {
      ...parameters,
      redirect_uri: redirectUri,
      state,
      nonce: transaction.nonce,
      code_challenge: codeChallengeOf(transaction.codeVerifier),
      code_challenge_method: 'S256',
      ...(transaction.dpopKey !== undefined && { dpop_jkt: await dpopThumbprintOf(transaction.dpopKey) }),
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
   * @throws OrganizationMismatchError when the login is for another organization than was asked for
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
    assertIssuer(callback.parameters, transaction);
    if (callback.error !== undefined) throw new AuthorizationDeniedError(callback.error, transaction.returnTo);
    if (callback.code === undefined || callback.connectCode !== undefined) {
      throw new InvalidCallbackError('The answer holds no authorization code. Log in again', transaction);
    }
    const response = await this.exchangeCode(transaction, callback);
    const begun = await this.starter.begin(transaction, response);
    await this.sessions.endByToken(options.previousSessionToken);
    return { ...begun, returnTo: transaction.returnTo, appState: transaction.appState };
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
   * A proof for one request with an access token whose `tokenType` is `DPoP`, which goes into the header
   * `Authorization: DPoP ...` and never `Bearer`. Make a new one for every request.
   * @throws LoginRequiredError when the session is gone, or was begun without the option `dpop`
   *
   * @example
   * const { accessToken } = await logins.getAccessToken(session);
   * const proof = await logins.createDpopProof(session, { method: 'GET', url, accessToken });
   * await fetch(url, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } });
   */
  createDpopProof(session: LoginSession, request: DpopProofRequest): Promise<string> {
    return this.proofs.create(session, request);
  }

  /**
   * Logs a person in without a browser: asks them on a device of their own, and waits until they have approved or the
   * time is up. A call of Auth0 that fails meanwhile is made again.
   * @param options.signal stops the waiting
   * @throws BackchannelLoginDeniedError, BackchannelLoginExpiredError, InvalidRequestError, StepUpRequiredError,
   * OrganizationMismatchError; the reason of `signal` when it is aborted
   *
   * @example
   * const { session } = await logins.loginWithBackchannel({
   *   loginHint: { sub: 'auth0|alice' },
   *   bindingMessage: 'Order 1234, 10 EUR',
   * });
   */
  loginWithBackchannel(
    login: BackchannelLoginOptions,
    options: { signal?: AbortSignal } = {},
  ): Promise<StartedSession> {
    return this.backchannelLogins.login(login, options);
  }

  /**
   * Asks a person to approve a login on a device of their own. For those who wait themselves, perhaps across processes.
   * @throws InvalidRequestError, Auth0RefusedError, Auth0MisconfiguredError, Auth0UnavailableError
   */
  startBackchannelLogin(login: BackchannelLoginOptions): Promise<PendingBackchannelLogin> {
    return this.backchannelLogins.start(login);
  }

  /**
   * Asks Auth0 once whether the person has approved, and begins the session if so.
   * @throws BackchannelLoginDeniedError, BackchannelLoginExpiredError, StepUpRequiredError, OrganizationMismatchError,
   * RateLimitedError, Auth0UnavailableError
   */
  completeBackchannelLogin(login: PendingBackchannelLogin): Promise<BackchannelLoginOutcome> {
    return this.backchannelLogins.complete(login);
  }

  /**
   * Logs somebody in by a token from elsewhere, which an Action of the tenant checks.
   * @throws InvalidRequestError, Auth0RefusedError, StepUpRequiredError, OrganizationMismatchError
   *
   * @example
   * const { session } = await logins.exchangeToken({ subjectToken, subjectTokenType: 'urn:acme:legacy-token' });
   */
  exchangeToken(options: ExchangeTokenOptions): Promise<StartedSession> {
    return this.tokenExchangeLogins.login(options);
  }

  /**
   * Ends the session here, and tells where to send the browser to end it at Auth0 too. When Auth0 cannot be reached
   * the session has ended all the same, and the address is the application's.
   * @throws InvalidReturnToError before anything has happened
   */
  logout(session: LoginSession | undefined, options: LogoutCallOptions = {}): Promise<{ logoutUrl: string }> {
    return this.sessionEnd.end(session, options);
  }

  /**
   * Ends the sessions that a logout token of Auth0 is about: one by `sid`, or all of a user at that domain. What was
   * begun after the token was issued goes on. When this returns it is done.
   * @throws InvalidLogoutTokenError for a token that will never do
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the tenant's signing keys cannot be read
   */
  handleBackchannelLogout(logoutToken: string): Promise<void> {
    return this.backchannelLogout.end(logoutToken);
  }

  private authorizationParams(given: StartInteractiveLoginOptions['authorizationParams']): Record<string, string> {
    const parameters: Record<string, string> = { ...this.options.authorizationParams, scope: this.options.scope };
    if (this.options.audience !== undefined) parameters.audience = this.options.audience;
    for (const [name, value] of Object.entries(given ?? {})) {
      if (value !== undefined) parameters[name] = String(value);
    }
    checkLoginScope(parameters.scope ?? '');
    checkOrganization(parameters.organization);
    if (parameters.invitation !== undefined && parameters.organization === undefined) {
      throw new InvalidRequestError('invitation', 'is for an organization, and none is given');
    }
    return parameters;
  }

  private async exchangeCode(transaction: LoginTransaction, callback: { state: string; parameters: URLSearchParams }) {
    const callbackUrl = new URL(transaction.redirectUri);
    // Nothing else of the callback: openid-client would take `response` or `id_token` for another kind of answer.
    for (const name of ['code', 'state', 'iss']) {
      const value = callback.parameters.get(name);
      if (value !== null) callbackUrl.searchParams.set(name, value);
    }
    try {
      return await this.auth0.exchangeCode({
        issuerOrigin: transaction.issuerOrigin,
        callbackUrl,
        state: callback.state,
        nonce: transaction.nonce,
        codeVerifier: transaction.codeVerifier,
        maxAgeSeconds: transaction.maxAgeSeconds,
        dpopKey: transaction.dpopKey,
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

/** RFC 9207: an answer that names another issuer is of another, an error just as well as a code. */
function assertIssuer(parameters: URLSearchParams, { issuerOrigin, returnTo }: LoginTransaction): void {
  const issuer = parameters.get('iss');
  if (issuer !== null && issuer !== issuerOf(issuerOrigin)) {
    throw new InvalidCallbackError('The answer comes from another issuer than the one that was asked', { returnTo });
  }
}

function ownerOf(browserId: string): string {
  return digest('browser', browserId);
}
