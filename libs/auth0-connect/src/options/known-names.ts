import type { AppBaseUrlChoice, DomainChoice, LogoutOptions, SessionOptions } from './auth0-connect-options.js';
import type { ApiClientOptions } from './api-options.js';
import type { WorkerOptions } from './worker-options.js';

type NamesOf<T> = Readonly<Record<keyof T, true>>;

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

/** @returns which names within the options are none, and which there are. */
export function unknownNestedNames(given: Readonly<Record<string, unknown>>): string[] {
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
