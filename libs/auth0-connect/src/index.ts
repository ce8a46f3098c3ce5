export {
  ConnectedAccountsService,
  type GetAccessTokenForConnectionOptions,
  type ListConnectedAccountsOptions,
} from './accounts/connected-accounts.service.js';
export type { CompletedConnect, StartConnectAccountOptions, StartedConnect } from './accounts/connect-flow.js';
export type { ConnectedAccount, ConnectedAccountConnection, ConnectionToken } from './accounts/connected-account.js';
export type { Subject, UserSubject } from './accounts/subject.js';
export { WorkerAccountsService } from './accounts/worker-accounts.service.js';
export { Auth0ConnectModule, type Auth0ConnectAsyncOptions } from './auth0-connect.module.js';
export { ConnectedToken, type ConnectedTokenOptions } from './decorators/connected-token.decorator.js';
export { CurrentSession, CurrentSubject, CurrentUser } from './decorators/current-session.decorator.js';
export {
  InjectConnectedAccounts,
  InjectLogins,
  InjectSessions,
  InjectWorkerAccounts,
} from './decorators/inject.decorators.js';
export { Public } from './decorators/public.decorator.js';
export { RequireScopes, type RequireScopesDecorator } from './decorators/require-scopes.decorator.js';
export * from './errors/index.js';
export { AccessTokenGuard } from './guards/access-token.guard.js';
export { SessionOrAccessTokenGuard } from './guards/session-or-access-token.guard.js';
export { SessionGuard } from './guards/session.guard.js';
export { AuthRedirectFilter } from './http/auth-redirect.filter.js';
export { ConnectCookies } from './http/cookies.service.js';
export { Auth0Instance } from './http/instances.js';
export type { HttpRequest } from './http/http-request.js';
export type {
  Auth0ConnectExtras,
  Auth0ConnectOptions,
  Auth0ConnectOptionsFactory,
  AuthorizationParams,
  DomainChoice,
  LogoutOptions,
  SessionOptions,
} from './options/auth0-connect-options.js';
export type { ClientAuthOptions } from './options/client-auth.js';
export type { ApiClientOptions, DpopPolicy } from './options/api-options.js';
export type { RoutesOptions } from './options/routes.js';
export type { WorkerOptions } from './options/worker-options.js';
export { ApiCaller } from './resource-server/api-caller.js';
export type { NamedPrivateKey, PrivateKey, SigningAlgorithm } from './options/signing-keys.js';
export type { ApiAccessToken } from './session/api-access-tokens.js';
export type { DpopProofRequest } from './session/dpop-keys.js';
export type {
  BackchannelLoginOptions,
  BackchannelLoginOutcome,
  PendingBackchannelLogin,
} from './session/backchannel-logins.js';
export type { LoginTarget } from './session/login-request.js';
export { LoginSession } from './session/login-session.js';
export type { UserClaims } from './session/user-claims.js';
export {
  LoginService,
  type CompletedLogin,
  type InteractiveLogin,
  type StartInteractiveLoginOptions,
} from './session/login.service.js';
export type { LogoutCallOptions } from './session/logout.js';
export { SealedDataService, type ResealReport } from './session/sealed-data.service.js';
export { SessionService } from './session/session.service.js';
export type { BegunSession } from './session/session-starter.js';
export type { ExchangeTokenOptions } from './session/token-exchange-logins.js';
export type { MyAccountScope } from './shared/my-account-scopes.js';
export { UnreadableValueError, type SealedPlace, type TokenCipher } from './shared/token-cipher.js';
export type { JsonValue } from './transactions/transaction.js';
