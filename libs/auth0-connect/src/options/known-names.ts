import type { AppBaseUrlChoice } from './address-options.js';
import type { ApiClientOptions } from './api-options.js';
import type { Auth0ConnectExtras, Auth0ConnectOptions } from './auth0-connect-options.js';
import type { DomainChoice } from './domain-options.js';
import type { LogoutOptions } from './logout-options.js';
import type { SessionOptions } from './session-options.js';
import type { WorkerOptions } from './worker-options.js';

type NamesOf<T> = Readonly<Record<keyof T, true>>;

/** Every option there is: a misspelt one would be ignored without a word. */
const KNOWN: NamesOf<Auth0ConnectOptions & Auth0ConnectExtras> = {
  allowInsecureHttp: true,
  apiAudience: true,
  apiClient: true,
  apiDpop: true,
  apiScopes: true,
  appBaseUrl: true,
  authorizationParams: true,
  backgroundWork: true,
  clientAuth: true,
  clientId: true,
  clientSecret: true,
  connectLinksInErrors: true,
  dataSourceName: true,
  domain: true,
  dpop: true,
  failedCallbackPage: true,
  fetch: true,
  isGlobal: true,
  logout: true,
  maxTokensPerSession: true,
  myAccountScopes: true,
  name: true,
  namedStatements: true,
  purgeIntervalSeconds: true,
  pushedAuthorizationRequests: true,
  routes: true,
  scopeRules: true,
  secret: true,
  session: true,
  sessionCacheSeconds: true,
  telemetry: true,
  timeoutMs: true,
  tokenCipher: true,
  tokenLeewaySeconds: true,
  tokenWithoutExpirySeconds: true,
  trustProxy: true,
  trustedOrigins: true,
  worker: true,
};

/** The options within options: a misspelt one would be ignored without a word. `routes` and `clientAuth` look at theirs. */
interface Nested {
  readonly session: NamesOf<SessionOptions>;
  readonly 'session.cookie': NamesOf<NonNullable<SessionOptions['cookie']>>;
  readonly logout: NamesOf<LogoutOptions>;
  readonly domain: NamesOf<DomainChoice>;
  readonly appBaseUrl: NamesOf<AppBaseUrlChoice>;
  readonly apiClient: NamesOf<ApiClientOptions>;
  readonly worker: NamesOf<WorkerOptions>;
}

const NESTED: Nested = {
  session: {
    inactivityDurationSeconds: true,
    absoluteDurationSeconds: true,
    touchIntervalSeconds: true,
    endsWithRefreshToken: true,
    maxPerUser: true,
    cookie: true,
  },
  'session.cookie': { name: true, sameSite: true },
  logout: { revokeRefreshToken: true, allowedReturnTo: true, federated: true },
  domain: { allowed: true, resolve: true },
  appBaseUrl: { allowed: true, resolve: true },
  apiClient: { clientId: true, clientSecret: true, privateKey: true, keyId: true },
  worker: { clientId: true, clientSecret: true, privateKey: true, keyId: true, auditContext: true },
};

/** @returns which names in the options are none, and within them which there are. */
export function unknownNames(given: Readonly<Record<string, unknown>>): string[] {
  return [
    ...Object.keys(given)
      .filter((name) => !Object.hasOwn(KNOWN, name))
      .map((name) => `${name} is not an option`),
    ...unknownNestedNames(given),
  ];
}

function unknownNestedNames(given: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(NESTED).flatMap(([path, known]) => {
    const value = path.split('.').reduce<unknown>((object, name) => memberOf(object, name), given);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.keys(value)
      .filter((name) => !Object.hasOwn(known as object, name))
      .map((name) => `${path}.${name} is not an option; there are ${Object.keys(known as object).join(', ')}`);
  });
}

function memberOf(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[name] : undefined;
}
