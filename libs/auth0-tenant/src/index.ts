export { startLocalTenant, type LocalTenant } from './local-tenant.js';
export {
  DEFAULT_APIS,
  DEFAULT_CLIENT,
  DEFAULT_CLIENTS,
  DEFAULT_CONNECTIONS,
  DEFAULT_PORT,
  DEFAULT_USERS,
} from './defaults.js';
export { TenantConfigurationError } from './configuration/configuration-error.js';
export { keptCertificate, type KeptCertificate } from './tls/kept-certificate.js';
export type { Certificate, LocalCertificate } from './tls/certificates.js';
export type { MintRequest } from './openid/mint.js';
export type { LoginAsRequest, LoginAsResult, SessionCookie } from './openid/login-as.js';
export { TOKEN_VAULT_GRANT } from './options.js';
export type {
  ClientGrant,
  CustomTokenExchange,
  LocalTenantOptions,
  MrrtPolicy,
  PrivilegedWorkerAccess,
  ProviderAccount,
  TenantApi,
  TenantClient,
  TenantConnection,
  TenantOrganization,
  TenantTls,
  TenantUser,
  TokenEndpointAuthMethod,
} from './options.js';
export type { TenantControl, BackchannelLogout, ProviderTokenFilter } from './control/tenant-control.js';
export type { RecordedRequest, RequestKind } from './state/recorded-request.js';
export type { Hold, Rewrite, ScriptedAnswer } from './state/faults.js';
export type { RateLimit } from './state/rate-limits.js';
export type { ConnectedAccount } from './state/token-vault.js';
export type { TenantSwitches, TokenLifetimes } from './state/settings.js';
