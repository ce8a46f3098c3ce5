import type { Provider } from '@nestjs/common';
import { MY_ACCOUNT_API, TOKEN_VAULT } from '../accounts/ports.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { AUTHORIZATION_SERVER, BACKCHANNEL_AUTHENTICATION, CUSTOM_TOKEN_EXCHANGE } from '../login/ports.js';
import { REFRESH_GRANT } from '../session/ports.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { ISSUER_KEYS } from '../issuer/issuer-keys.js';
import { Auth0Http } from './auth0-http.js';
import { Auth0AuthorizationServer } from './authorization-server.client.js';
import { Auth0IssuerKeys } from './issuer-keys.client.js';
import { Auth0BackchannelAuthentication } from './backchannel-authentication.client.js';
import { Auth0CustomTokenExchange } from './custom-token-exchange.client.js';
import { sendWithCertificate } from './mutual-tls.js';
import { Auth0MyAccountApi } from './my-account.client.js';
import { OpenIdClient } from './openid.client.js';
import { PrivilegedWorker } from './privileged-worker.js';
import { Auth0TokenVault } from './token-vault.client.js';

const AUTH0_HTTP = Symbol('auth0-connect:auth0-http');
const OPENID_CONFIGURATION = Symbol('auth0-connect:openid-configuration');

/** Auth0's side of the ports. */
export const auth0Providers: Provider[] = [
  {
    provide: AUTH0_HTTP,
    inject: [RESOLVED_OPTIONS],
    useFactory: (options: ResolvedOptions) => new Auth0Http(options, senderOf(options)),
  },
  {
    provide: OPENID_CONFIGURATION,
    inject: [RESOLVED_OPTIONS, AUTH0_HTTP],
    useFactory: (options: ResolvedOptions, http: Auth0Http) => new OpenIdClient(options, http),
  },
  {
    provide: AUTHORIZATION_SERVER,
    inject: [OPENID_CONFIGURATION, RESOLVED_OPTIONS],
    useFactory: (configuration: OpenIdClient, options: ResolvedOptions) =>
      new Auth0AuthorizationServer(configuration, options),
  },
  { provide: REFRESH_GRANT, useExisting: AUTHORIZATION_SERVER },
  {
    provide: BACKCHANNEL_AUTHENTICATION,
    inject: [OPENID_CONFIGURATION],
    useFactory: (configuration: OpenIdClient) => new Auth0BackchannelAuthentication(configuration),
  },
  {
    provide: CUSTOM_TOKEN_EXCHANGE,
    inject: [OPENID_CONFIGURATION],
    useFactory: (configuration: OpenIdClient) => new Auth0CustomTokenExchange(configuration),
  },
  {
    provide: TOKEN_VAULT,
    inject: [OPENID_CONFIGURATION, RESOLVED_OPTIONS, AUTH0_HTTP, CLOCK],
    useFactory: (configuration: OpenIdClient, options: ResolvedOptions, http: Auth0Http, clock: Clock) =>
      new Auth0TokenVault(configuration, {
        api: options.apiClient && new OpenIdClient({ ...options, ...options.apiClient }, http),
        worker: privilegedWorker(options, clock),
      }),
  },
  {
    provide: ISSUER_KEYS,
    inject: [OPENID_CONFIGURATION, AUTH0_HTTP, CLOCK],
    useFactory: (configuration: OpenIdClient, http: Auth0Http, clock: Clock) =>
      new Auth0IssuerKeys(configuration, http, clock),
  },
  {
    provide: MY_ACCOUNT_API,
    inject: [AUTH0_HTTP],
    useFactory: (http: Auth0Http) => new Auth0MyAccountApi(http),
  },
];

function senderOf({
  clientAuth,
}: Pick<ResolvedOptions, 'clientAuth'>): ReturnType<typeof sendWithCertificate> | undefined {
  return clientAuth.method === 'tls_client_auth' ? sendWithCertificate(clientAuth.tls) : undefined;
}

function privilegedWorker(options: ResolvedOptions, clock: Clock): PrivilegedWorker | undefined {
  const { worker, timeoutMs } = options;
  if (!worker) return undefined;
  const client = { clientId: worker.clientId, clientAuth: worker.clientAuth ?? options.clientAuth };
  // A request of the worker is good once: it is made anew, and not sent again.
  const http = new Auth0Http({ ...options, waitForRateLimit: false }, senderOf(client));
  return new PrivilegedWorker(worker, new OpenIdClient({ ...options, ...client }, http), timeoutMs, clock);
}
