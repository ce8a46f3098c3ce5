export {
  ConnectedAccountsService,
  type ProviderFetchOptions,
  type GetAccessTokenForConnectionOptions,
  type ListConnectedAccountsOptions,
} from './accounts/connected-accounts.service.js';
export type { ConnectLinkStatus, CreateConnectLinkOptions } from './accounts/connect-links.js';
export type { CompletedConnect, StartConnectAccountOptions, StartedConnect } from './accounts/connect-flow.js';
export type {
  ConnectedAccount,
  ConnectedAccountConnection,
  ConnectedAccountConnectionsPage,
  ConnectedAccountsPage,
  ConnectionToken,
} from './accounts/connected-account.js';
export { userSubjectOf, type Subject, type UserSubject } from './accounts/subject.js';
export type { ProviderFetch } from './accounts/provider-fetch.js';
export { WorkerAccountsService } from './accounts/worker-accounts.service.js';
export { Auth0ConnectModule, type Auth0ConnectAsyncOptions } from './auth0-connect.module.js';
export type {
  AccountConnection,
  AccountDisconnection,
  OnAccountConnected,
  OnAccountDisconnected,
  OnReconnectNeeded,
  ReconnectNeed,
} from './accounts/account-events.js';
export { Auth0Doctor } from './doctor/auth0-doctor.js';
export type { Finding, FindingCode } from './doctor/findings.js';
export type { EndedSession, OnSessionEnded, SessionEndReason } from './events/session-ended.js';
export type {
  AfterLogin,
  BeforeSessionBegins,
  BeginningSession,
  CompletedSession,
  LoginMethod,
} from './login/login-events.js';
export { Auth0ConnectHooks } from './nest/hooks/auth0-connect-hooks.decorator.js';
export { ConnectedFetch, type ConnectedFetchOptions } from './nest/decorators/connected-fetch.decorator.js';
export { AUTH0_CONNECT_REDACT, AUTH0_CONNECT_SECRET_PARAMETERS, redactUrl } from './shared/redact.js';
export { ConnectedToken, type ConnectedTokenOptions } from './nest/decorators/connected-token.decorator.js';
export { CurrentSession, CurrentSubject, CurrentUser } from './nest/decorators/current-session.decorator.js';
export {
  InjectConnectedAccounts,
  InjectDoctor,
  InjectLogins,
  InjectRequestAuthenticator,
  InjectSessions,
  InjectWorkerAccounts,
} from './nest/decorators/inject.decorators.js';
export { Public } from './nest/decorators/public.decorator.js';
export type { AccessRuleDecorator } from './nest/decorators/access-rules.js';
export { RequirePermissions } from './nest/decorators/require-permissions.decorator.js';
export { RequireConnection, type RequireConnectionOptions } from './nest/decorators/require-connection.decorator.js';
export { RequireScopes } from './nest/decorators/require-scopes.decorator.js';
export { subjectOf } from './nest/decorators/subject-of.js';
export { RequestAuthenticator } from './nest/request/request-authenticator.js';
export { RetryAfterInterceptor } from './nest/request/retry-after.interceptor.js';
export * from './errors/index.js';
export { AccessTokenGuard } from './nest/guards/access-token.guard.js';
export { SessionOrAccessTokenGuard } from './nest/guards/session-or-access-token.guard.js';
export { SessionGuard } from './nest/guards/session.guard.js';
export { AccessTokenStrategy } from './nest/passport/access-token.strategy.js';
export { SessionStrategy } from './nest/passport/session.strategy.js';
export { ACCESS_TOKEN_STRATEGY, SESSION_STRATEGY, type StrategyOptions } from './nest/passport/strategy-options.js';
export { AuthRedirectFilter } from './nest/filters/auth-redirect.filter.js';
export { ErrorMessageFilter } from './nest/filters/error-message.filter.js';
export { ConnectCookies } from './nest/request/cookies.service.js';
export { Auth0Instance } from './nest/request/instances.js';
export type { HttpRequest } from './nest/request/http-request.js';
export type {
  Auth0ConnectExtras,
  Auth0ConnectOptions,
  Auth0ConnectOptionsFactory,
} from './options/auth0-connect-options.js';
export type { AppBaseUrlChoice, FailedCallback } from './options/address-options.js';
export type { AuthorizationParams } from './options/login-options.js';
export type { DomainChoice } from './options/domain-options.js';
export type { LogoutOptions } from './options/logout-options.js';
export type { SessionOptions } from './options/session-options.js';
export type { ClientAuthOptions } from './options/client-auth.js';
export type { ApiClientOptions, DpopPolicy } from './options/api-options.js';
export type { ScopeProvider, ScopeRules, ScopeRulesByConnection } from './options/scope-rules.js';
export type { RouteName, RoutesOptions } from './options/routes.js';
export type { WorkerOptions } from './options/worker-options.js';
export { ApiCaller } from './resource-server/api-caller.js';
export type { NamedPrivateKey, PrivateKey, SigningAlgorithm } from './options/client-signing-keys.js';
export type { ApiAccessToken } from './session/api-access-tokens.js';
export type { DpopProofRequest } from './session/dpop-keys.js';
export type { Approval, RequestApprovalOptions } from './login/approvals.js';
export type { BackchannelLoginOutcome } from './login/backchannel-logins.js';
export type { BackchannelLoginOptions, PendingBackchannelLogin } from './login/backchannel-requests.js';
export type { AuthorizationDetail } from './login/ports.js';
export type { LoginTarget } from './login/login-request.js';
export { LoginSession } from './session/login-session.js';
export type { UserClaims } from './session/user-claims.js';
export { LoginService } from './login/login.service.js';
export type {
  CompletedLogin,
  CompleteLoginOptions,
  InteractiveLogin,
  StartInteractiveLoginOptions,
} from './login/login-flow.js';
export type { LogoutCallOptions, LogoutResult } from './login/logout.js';
export type { ResealReport } from './maintenance/ports.js';
export { SealedDataService } from './maintenance/sealed-data.service.js';
export { SessionService } from './session/session.service.js';
export type { StartedSession } from './login/session-starter.js';
export type { ExchangeTokenOptions } from './login/token-exchange-logins.js';
export type { MyAccountScope } from './shared/my-account-scopes.js';
export { UnreadableValueError, type SealedPlace, type TokenCipher } from './ports/token-cipher.js';
export type { JsonValue } from './transactions/transaction.js';
