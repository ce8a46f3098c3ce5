export {
  ConnectedAccountsService,
  type GetAccessTokenForConnectionOptions,
  type ListConnectedAccountsOptions,
} from './accounts/connected-accounts.service.js';
export type { CompletedConnect, StartConnectAccountOptions, StartedConnect } from './accounts/connect-flow.js';
export type { ConnectedAccount, ConnectedAccountConnection, ConnectionToken } from './accounts/connected-account.js';
export type { Subject } from './accounts/subject.js';
export { Auth0ConnectModule, type Auth0ConnectAsyncOptions } from './auth0-connect.module.js';
export { ConnectedToken, type ConnectedTokenOptions } from './decorators/connected-token.decorator.js';
export { CurrentSession, CurrentUser } from './decorators/current-session.decorator.js';
export { InjectConnectedAccounts, InjectLogins, InjectSessions } from './decorators/inject.decorators.js';
export { Public } from './decorators/public.decorator.js';
export * from './errors/index.js';
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
  SessionOptions,
} from './options/auth0-connect-options.js';
export type { RoutesOptions } from './options/routes.js';
export type { ApiAccessToken } from './session/api-access-tokens.js';
export { LoginSession, type UserClaims } from './session/login-session.js';
export {
  LoginService,
  type CompletedLogin,
  type InteractiveLogin,
  type StartInteractiveLoginOptions,
} from './session/login.service.js';
export { SessionService } from './session/session.service.js';
export { UnreadableValueError, type SealedPlace, type TokenCipher } from './shared/token-cipher.js';
export type { JsonValue } from './transactions/transaction.js';
