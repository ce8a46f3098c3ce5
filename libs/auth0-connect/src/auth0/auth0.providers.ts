import type { Provider } from '@nestjs/common';
import { MY_ACCOUNT_API, TOKEN_VAULT } from '../accounts/ports.js';
import { TENANT_PROBE } from '../doctor/ports.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { AUTHORIZATION_SERVER, BACKCHANNEL_AUTHENTICATION, CUSTOM_TOKEN_EXCHANGE } from '../login/ports.js';
import { REFRESH_GRANT } from '../session/ports.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { DOMAIN_CHECK } from '../ports/domain-check.js';
import { OPERATOR } from '../ports/operator.js';
import { ISSUER_KEYS } from '../issuer/issuer-keys.js';
import { Auth0Http } from './auth0-http.js';
import { Auth0AuthorizationServer } from './authorization-server.client.js';
import { Auth0IssuerKeys } from './issuer-keys.client.js';
import { Auth0BackchannelAuthentication } from './backchannel-authentication.client.js';
import { Auth0CustomTokenExchange } from './custom-token-exchange.client.js';
import { DomainCheck } from './domain-check.js';
import { sendWithCertificate, type Send } from './mutual-tls.js';
import { Auth0MyAccountApi } from './my-account.client.js';
import { OpenIdClient } from './openid.client.js';
import { OperatorWarnings } from './operator-warnings.js';
import { PrivilegedWorker } from './privileged-worker.js';
import { Patience } from './rate-limit.js';
import { Auth0TenantProbe } from './tenant-probe.client.js';
import { Auth0TokenVault } from './token-vault.client.js';

const AUTH0_HTTP = Symbol('auth0-connect:auth0-http');
const OPENID_CLIENT = Symbol('auth0-connect:openid-client');
const PATIENCE = Symbol('auth0-connect:patience');

/** Auth0's side of the ports. */
export const auth0Providers: Provider[] = [
  {
    provide: AUTH0_HTTP,
    inject: [RESOLVED_OPTIONS],
    useFactory: (options: ResolvedOptions) => new Auth0Http(options, senderOf(options)),
  },
  {
    provide: OPENID_CLIENT,
    inject: [RESOLVED_OPTIONS, AUTH0_HTTP, PATIENCE, OPERATOR],
    useFactory: (options: ResolvedOptions, http: Auth0Http, patience: Patience, warnings: OperatorWarnings) =>
      new OpenIdClient(options, http, patience, warnings),
  },
  { provide: OPERATOR, inject: [CLOCK], useFactory: (clock: Clock) => new OperatorWarnings(clock) },
  {
    provide: PATIENCE,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ timeoutMs }: ResolvedOptions) => new Patience(timeoutMs),
  },
  {
    provide: DOMAIN_CHECK,
    inject: [AUTH0_HTTP, RESOLVED_OPTIONS, CLOCK],
    useFactory: (http: Auth0Http, { issuerOrigins }: ResolvedOptions, clock: Clock) =>
      new DomainCheck(http, issuerOrigins, clock),
  },
  {
    provide: AUTHORIZATION_SERVER,
    inject: [OPENID_CLIENT, RESOLVED_OPTIONS],
    useFactory: (configuration: OpenIdClient, options: ResolvedOptions) =>
      new Auth0AuthorizationServer(configuration, options),
  },
  { provide: REFRESH_GRANT, useExisting: AUTHORIZATION_SERVER },
  {
    provide: BACKCHANNEL_AUTHENTICATION,
    inject: [OPENID_CLIENT],
    useFactory: (configuration: OpenIdClient) => new Auth0BackchannelAuthentication(configuration),
  },
  {
    provide: CUSTOM_TOKEN_EXCHANGE,
    inject: [OPENID_CLIENT],
    useFactory: (configuration: OpenIdClient) => new Auth0CustomTokenExchange(configuration),
  },
  {
    provide: TOKEN_VAULT,
    inject: [OPENID_CLIENT, RESOLVED_OPTIONS, AUTH0_HTTP, PATIENCE, OPERATOR, CLOCK],
    useFactory: (
      configuration: OpenIdClient,
      options: ResolvedOptions,
      http: Auth0Http,
      patience: Patience,
      warnings: OperatorWarnings,
      clock: Clock,
    ) =>
      new Auth0TokenVault(configuration, {
        api: apiClient(options, http, patience, warnings),
        worker: privilegedWorker(options, patience, warnings, clock),
      }),
  },
  {
    provide: TENANT_PROBE,
    inject: [OPENID_CLIENT, RESOLVED_OPTIONS, AUTH0_HTTP, PATIENCE, OPERATOR, CLOCK],
    useFactory: (
      login: OpenIdClient,
      options: ResolvedOptions,
      http: Auth0Http,
      patience: Patience,
      warnings: OperatorWarnings,
      clock: Clock,
    ) => new Auth0TenantProbe(http, { login, api: apiClient(options, http, patience, warnings) }, clock),
  },
  {
    provide: ISSUER_KEYS,
    inject: [OPENID_CLIENT, AUTH0_HTTP, PATIENCE, CLOCK],
    useFactory: (client: OpenIdClient, http: Auth0Http, patience: Patience, clock: Clock) =>
      new Auth0IssuerKeys(client, http, patience, clock),
  },
  {
    provide: MY_ACCOUNT_API,
    inject: [AUTH0_HTTP, PATIENCE, OPERATOR, RESOLVED_OPTIONS],
    useFactory: (http: Auth0Http, patience: Patience, warnings: OperatorWarnings, { issuerOrigins }: ResolvedOptions) =>
      new Auth0MyAccountApi(http, patience, warnings, issuerOrigins),
  },
];

/** The client that Auth0 has linked to the API. */
function apiClient(
  options: ResolvedOptions,
  http: Auth0Http,
  patience: Patience,
  warnings: OperatorWarnings,
): OpenIdClient | undefined {
  return options.apiClient && new OpenIdClient({ ...options, ...options.apiClient }, http, patience, warnings);
}

/** Of the application's own `fetch` nobody asks what it presents. */
function senderOf({ clientAuth, fetch }: Pick<ResolvedOptions, 'clientAuth' | 'fetch'>): Send | undefined {
  if (fetch) return fetch;
  return clientAuth.method === 'tls_client_auth' ? sendWithCertificate(clientAuth.tls) : undefined;
}

function privilegedWorker(
  options: ResolvedOptions,
  patience: Patience,
  warnings: OperatorWarnings,
  clock: Clock,
): PrivilegedWorker | undefined {
  const { worker } = options;
  if (!worker) return undefined;
  const client = { clientId: worker.clientId, clientAuth: worker.clientAuth ?? options.clientAuth };
  const http = new Auth0Http(options, senderOf({ ...client, fetch: options.fetch }));
  // A request of the worker is good once: it is made anew by the worker, and not by its client.
  return new PrivilegedWorker(
    worker,
    new OpenIdClient({ ...options, ...client }, http, undefined, warnings),
    patience,
    clock,
  );
}
