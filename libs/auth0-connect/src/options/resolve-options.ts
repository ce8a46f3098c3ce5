import { hideFromLogs } from '../shared/hide-from-logs.js';
import { resolveAddresses } from './address-options.js';
import { resolveApi } from './api-options.js';
import type { Auth0ConnectOptions } from './auth0-connect-options.js';
import { resolveClientAuth, type ClientAuth } from './client-auth.js';
import { resolveDomains } from './domain-options.js';
import { DEFAULT_INSTANCE } from './instance-name.js';
import { unknownNames } from './known-names.js';
import { resolveLogin } from './login-options.js';
import { resolveLogout } from './logout-options.js';
import { resolveOperation } from './operation-options.js';
import { OptionsCheck } from './options-check.js';
import type { ResolvedOptions } from './resolved-options.js';
import { resolveSession } from './session-options.js';
import { resolveTokens } from './token-options.js';
import { resolveBackgroundWork } from './worker-options.js';

/**
 * Fills in the defaults and checks everything, group by group.
 * @param context the module instance's name, and what is wrong already
 * @throws ConfigurationError that lists every problem
 */
export function resolveOptions(
  options: Auth0ConnectOptions,
  { instance = DEFAULT_INSTANCE, problems = [] }: { instance?: string; problems?: readonly string[] } = {},
): ResolvedOptions {
  const given: Partial<Auth0ConnectOptions> = options ?? {};
  const check = new OptionsCheck();
  check.add(...problems, ...unknownNames({ ...given }));

  const clientId = check.text('clientId', given.clientId);
  const domains = resolveDomains(given, check);
  const addresses = resolveAddresses(given, check);
  const [appBaseUrl] = addresses.appBaseUrls;
  const api = resolveApi(given);
  const background = resolveBackgroundWork(given);
  check.add(...api.problems, ...background.problems);
  const resolved: ResolvedOptions = {
    instance,
    clientId,
    ...domains,
    ...addresses,
    clientAuth: clientAuthOf(given, domains.issuerOrigins, check),
    ...resolveLogin(given, check),
    session: resolveSession(given.session, { appBaseUrl, clientId, instance }, check),
    logout: resolveLogout(given.logout, check),
    ...resolveTokens(given, check),
    ...api.api,
    ...background.work,
    ...resolveOperation(given, check),
  };
  check.done();
  const { issuerOrigins } = domains;
  return Object.freeze(hideFromLogs(resolved, { instance, issuerOrigins, clientId, appBaseUrl }));
}

function clientAuthOf(
  { clientAuth: given, clientSecret }: { clientAuth?: unknown; clientSecret?: unknown },
  issuerOrigins: readonly string[],
  check: OptionsCheck,
): ClientAuth {
  const { clientAuth, problems } = resolveClientAuth(given, clientSecret);
  check.add(...problems);
  if (clientAuth.method === 'tls_client_auth' && issuerOrigins.some((origin) => origin.startsWith('http:'))) {
    check.add('clientAuth.method "tls_client_auth" needs a domain on https');
  }
  return clientAuth;
}
