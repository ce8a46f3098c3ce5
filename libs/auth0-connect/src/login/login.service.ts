import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { ApiAccessTokens, type ApiAccessToken } from '../session/api-access-tokens.js';
import type { DpopProofRequest } from '../session/dpop-keys.js';
import { DpopProofSigner } from '../session/dpop-proof.signer.js';
import type { LoginSession } from '../session/login-session.js';
import { SessionLifecycle } from '../session/session-lifecycle.js';
import { parseScopes } from '../shared/scopes.js';
import { Approvals, type Approval, type RequestApprovalOptions } from './approvals.js';
import { BackchannelLogins, type BackchannelLoginOutcome } from './backchannel-logins.js';
import type { BackchannelLoginOptions, PendingBackchannelLogin } from './backchannel-requests.js';
import { BackchannelLogout } from './backchannel-logout.js';
import {
  LoginFlow,
  type CompletedLogin,
  type CompleteLoginOptions,
  type InteractiveLogin,
  type StartInteractiveLoginOptions,
} from './login-flow.js';
import { Logout, type LogoutCallOptions, type LogoutResult } from './logout.js';
import type { StartedSession } from './session-starter.js';
import { TokenExchangeLogins, type ExchangeTokenOptions } from './token-exchange-logins.js';

/**
 * Login with Auth0, its access tokens, and logout.
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/authorization-code-flow-with-pkce
 */
@Injectable()
export class LoginService {
  constructor(
    @Inject(LoginFlow) private readonly flow: LoginFlow,
    @Inject(ApiAccessTokens) private readonly apiAccessTokens: ApiAccessTokens,
    @Inject(DpopProofSigner) private readonly proofs: DpopProofSigner,
    @Inject(BackchannelLogins) private readonly backchannelLogins: BackchannelLogins,
    @Inject(Approvals) private readonly approvals: Approvals,
    @Inject(TokenExchangeLogins) private readonly tokenExchangeLogins: TokenExchangeLogins,
    @Inject(Logout) private readonly sessionEnd: Logout,
    @Inject(BackchannelLogout) private readonly backchannelLogout: BackchannelLogout,
    @Inject(SessionLifecycle) private readonly sessions: SessionLifecycle,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Begins a login: send the browser to `authorizationUrl`, and keep `browserId` in its login cookie.
   * @throws InvalidReturnToError, InvalidRequestError, Auth0UnavailableError
   * @throws RateLimitedError, Auth0RefusedError, Auth0MisconfiguredError with `pushedAuthorizationRequests`
   * @see https://www.rfc-editor.org/rfc/rfc9126#section-2
   */
  startInteractiveLogin(options: StartInteractiveLoginOptions = {}): Promise<InteractiveLogin> {
    return this.flow.start(options);
  }

  /**
   * Completes a login from the URL that the browser came back to, and begins a session under a new id. Any error after
   * the login was found by its `state` tells in `callback` where the person came from.
   * @throws InvalidStateError, InvalidCallbackError, AuthorizationDeniedError; Auth0 is not asked then
   * @throws OrganizationMismatchError when the login is for another organization than was asked for
   * @throws SessionExpiryPassedError, StepUpRequiredError, RateLimitedError, Auth0UnavailableError, Auth0RefusedError,
   * Auth0MisconfiguredError, InvalidAuth0ResponseError, CallbackFailedError
   */
  completeInteractiveLogin(callbackUrl: string | URL, options: CompleteLoginOptions = {}): Promise<CompletedLogin> {
    return this.flow.complete(callbackUrl, options);
  }

  /**
   * An access token of this session for an API: stored and reused while fresh, else obtained with the refresh token.
   * @param request default: the audience and scope of the login. Without a scope for another audience Auth0 decides.
   * @throws LoginRequiredError, MissingRefreshTokenError, StepUpRequiredError, AccessDeniedError, Auth0MisconfiguredError,
   * RateLimitedError, Auth0UnavailableError, Auth0RefusedError, InvalidAuth0ResponseError, InvalidRequestError
   * @see https://auth0.com/docs/secure/tokens/refresh-tokens/multi-resource-refresh-token
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
   * Asks Auth0 what it knows of the user now: an address that has been verified, a new name or role. Any refresh does so that
   * asks for the scopes of the login; this one does in any case. Other requests of the session see it from then on.
   * @returns the session with the new claims
   * @throws LoginRequiredError, MissingRefreshTokenError, AccessDeniedError, StepUpRequiredError, Auth0MisconfiguredError,
   * RateLimitedError, Auth0UnavailableError
   *
   * @example
   * const { user } = await logins.refreshUser(session);
   */
  async refreshUser(session: LoginSession): Promise<LoginSession> {
    const { audience, scope } = this.options;
    await this.apiAccessTokens.renew(session, { audience, scopes: parseScopes(scope) });
    return this.sessions.readAgain(session);
  }

  /**
   * A proof for one request with an access token whose `tokenType` is `DPoP`, which goes into the header
   * `Authorization: DPoP ...` and never `Bearer`. Make a new one for every request.
   * @throws LoginRequiredError when the session is gone, or was begun without the option `dpop`
   * @throws InvalidRequestError for a `url` that is not absolute
   * @see https://www.rfc-editor.org/rfc/rfc9449#section-4
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
   * time is up. A call of Auth0 that fails meanwhile is made again. The session counts among the user's, so that it may end the
   * oldest one, a browser's perhaps (`session.maxPerUser`): for an approval of one action there is `requestApproval`.
   * @param options.signal stops the waiting
   * @throws BackchannelLoginDeniedError, BackchannelLoginExpiredError, InvalidRequestError, StepUpRequiredError,
   * OrganizationMismatchError; the reason of `signal` when it is aborted
   * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-initiated-backchannel-authentication-flow
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
   * Asks a person on a device of their own to approve one action, and waits until they have or the time is up: for what an
   * agent may not do by itself. No session begins, and none ends. The access token is the proof: let the API that acts look
   * at it, or go by `authorizationDetails`.
   * @throws BackchannelLoginDeniedError, BackchannelLoginExpiredError, InvalidRequestError, StepUpRequiredError,
   * OrganizationMismatchError, InvalidAuth0ResponseError, Auth0RefusedError, Auth0MisconfiguredError; the reason of `signal`
   * when it is aborted
   * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-initiated-backchannel-authentication-flow
   *
   * @example
   * const { accessToken } = await logins.requestApproval({
   *   userId: session.userId,
   *   bindingMessage: 'Pay 10 EUR to Robin',
   *   audience: 'https://api.example.com',
   *   authorizationDetails: [{ type: 'payment', amount: 10, currency: 'EUR' }],
   * });
   */
  requestApproval(options: RequestApprovalOptions): Promise<Approval> {
    return this.approvals.request(options);
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
   * @throws InvalidRequestError, Auth0RefusedError, StepUpRequiredError, OrganizationMismatchError, SessionExpiryPassedError,
   * RateLimitedError, Auth0UnavailableError, Auth0MisconfiguredError, InvalidAuth0ResponseError
   * @see https://auth0.com/docs/authenticate/custom-token-exchange
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
   * @throws InvalidReturnToError, InvalidRequestError before anything has happened
   * @see https://openid.net/specs/openid-connect-rpinitiated-1_0.html
   */
  logout(session: LoginSession | undefined, options: LogoutCallOptions = {}): Promise<LogoutResult> {
    return this.sessionEnd.end(session, options);
  }

  /**
   * Ends the sessions that a logout token of Auth0 is about: one by `sid`, or all of a user at that domain. What was
   * begun after the token was issued goes on. When this returns it is done.
   * @throws InvalidLogoutTokenError for a token that will never do
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when the tenant's signing keys cannot be read
   * @see https://auth0.com/docs/authenticate/login/logout/back-channel-logout
   */
  handleBackchannelLogout(logoutToken: string): Promise<void> {
    return this.backchannelLogout.end(logoutToken);
  }
}
