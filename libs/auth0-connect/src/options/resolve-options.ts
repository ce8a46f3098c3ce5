import { ConfigurationError } from '../errors/configuration.error.js';
import { MY_ACCOUNT_SCOPES, type MyAccountScope } from '../shared/my-account-scopes.js';
import { digest } from '../shared/digest.js';
import { hideFromLogs } from '../shared/hide-from-logs.js';
import { safeReturnTo, type Site } from '../shared/app-urls.js';
import { parseScopes } from '../shared/scopes.js';
import { withoutTrailingSlashes } from '../shared/trim-slashes.js';
import type {
  AppBaseUrlChoice,
  Auth0ConnectExtras,
  Auth0ConnectOptions,
  DomainChoice,
  LogoutOptions,
  SessionOptions,
} from './auth0-connect-options.js';
import { resolveApi, type ResolvedApi } from './api-options.js';
import { unknownNestedNames } from './known-names.js';
import { resolveClientAuth, type ClientAuth } from './client-auth.js';
import type { ResolvedOptions } from './resolved-options.js';
import { problemsOfScopeRules, type ScopeRulesByConnection } from './scope-rules.js';
import { resolveBackgroundWork } from './worker-options.js';

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
/** The instance that need not be named. */
export const DEFAULT_INSTANCE = 'default';

const DEFAULT_SCOPE = 'openid profile email offline_access';

/** Every option there is: a misspelt one would be ignored without a word. */
const KNOWN_OPTIONS: Record<keyof Auth0ConnectOptions | keyof Auth0ConnectExtras, true> = {
  allowInsecureHttp: true,
  apiAudience: true,
  apiClient: true,
  apiDpop: true,
  appBaseUrl: true,
  authorizationParams: true,
  backgroundWork: true,
  clientAuth: true,
  clientId: true,
  clientSecret: true,
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

/** What the library sets itself on every `/authorize` request. */
const RESERVED_PARAMETERS = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'state',
];

/** Fills in the defaults and checks everything. @throws ConfigurationError that lists every problem. */
export function resolveOptions(
  options: Auth0ConnectOptions,
  { instance = DEFAULT_INSTANCE, problems = [] }: { instance?: string; problems?: readonly string[] } = {},
): ResolvedOptions {
  const check = new OptionsCheck(problems);
  const given: Partial<Auth0ConnectOptions> = options ?? {};

  const insecureHttp = check.boolean('allowInsecureHttp', given.allowInsecureHttp, false);
  const domains = check.domains(given.domain, insecureHttp);
  const appBaseUrls = check.appBaseUrls(given.appBaseUrl);
  const [appBaseUrl] = appBaseUrls;
  const secure = appBaseUrl.startsWith('https:');
  const trustedOrigins = check.origins('trustedOrigins', given.trustedOrigins);
  const { audience, scope, ...authorizationParams } = check.authorizationParams(given.authorizationParams);
  check.unknown(given);
  const session: SessionOptions = check.object('session', given.session);
  const cookie: NonNullable<SessionOptions['cookie']> = check.object('session.cookie', session.cookie);
  const logout: LogoutOptions = check.object('logout', given.logout);
  const seconds = (name: string, value: number | undefined, fallback: number, minimum = 1): number =>
    check.integer(name, value, fallback, minimum) * 1000;

  const resolved: ResolvedOptions = {
    instance: check.instance(instance),
    issuerOrigins: domains,
    resolveDomain: typeof given.domain === 'object' ? given.domain.resolve : undefined,
    clientId: check.text('clientId', given.clientId),
    clientAuth: check.clientAuth(given, domains),
    pushedAuthorizationRequests: check.boolean('pushedAuthorizationRequests', given.pushedAuthorizationRequests, false),
    dpop: check.boolean('dpop', given.dpop, false),
    secrets: check.secrets(given.secret),
    appBaseUrls,
    resolveAppBaseUrl: isChoice(given.appBaseUrl) ? given.appBaseUrl.resolve : undefined,
    trustedOrigins,
    audience,
    scope: scope ?? DEFAULT_SCOPE,
    authorizationParams,
    session: {
      inactivityMs: seconds('session.inactivityDurationSeconds', session.inactivityDurationSeconds, 86_400),
      absoluteMs: seconds('session.absoluteDurationSeconds', session.absoluteDurationSeconds, 259_200),
      touchIntervalMs: seconds('session.touchIntervalSeconds', session.touchIntervalSeconds, 60),
      endsWithRefreshToken: check.boolean('session.endsWithRefreshToken', session.endsWithRefreshToken, true),
      maxPerUser: check.integer('session.maxPerUser', session.maxPerUser, 20, 1),
      cookieName: check.cookieName(cookie.name, {
        secure,
        instance,
        jar: digest('cookie', String(given.clientId), appBaseUrl).slice(0, 6),
      }),
      sameSite: check.sameSite(cookie.sameSite, secure),
      secure,
    },
    logout: {
      revokeRefreshToken: check.boolean('logout.revokeRefreshToken', logout.revokeRefreshToken, false),
      allowedReturnTo: check.absoluteUrls('logout.allowedReturnTo', logout.allowedReturnTo),
      federated: check.boolean('logout.federated', logout.federated, false),
    },
    failedCallbackPage: check.page('failedCallbackPage', given.failedCallbackPage, { appBaseUrl, trustedOrigins }),
    myAccountScopes: check.myAccountScopes(given.myAccountScopes),
    ...check.api(given),
    trustProxy: check.boolean('trustProxy', given.trustProxy, false),
    ...check.backgroundWork(given),
    tokenLeewayMs: seconds('tokenLeewaySeconds', given.tokenLeewaySeconds, 60, 0),
    tokenWithoutExpiryMs: seconds('tokenWithoutExpirySeconds', given.tokenWithoutExpirySeconds, 0, 0),
    scopeRules: check.scopeRules(given.scopeRules),
    maxTokensPerSession: check.integer('maxTokensPerSession', given.maxTokensPerSession, 100, 1),
    fetch: check.function('fetch', given.fetch),
    timeoutMs: check.integer('timeoutMs', given.timeoutMs, 10_000, 1),
    purgeIntervalMs:
      given.purgeIntervalSeconds === false
        ? undefined
        : seconds('purgeIntervalSeconds', given.purgeIntervalSeconds, 600),
    sessionCacheMs: seconds('sessionCacheSeconds', given.sessionCacheSeconds, 0, 0),
    namedStatements: check.boolean('namedStatements', given.namedStatements, true),
    tokenCipher: given.tokenCipher,
    telemetry: check.boolean('telemetry', given.telemetry, true),
    insecureHttp,
  };
  check.done();
  Object.freeze(resolved.session);
  Object.freeze(resolved.logout);
  Object.freeze(resolved.authorizationParams);
  Object.freeze(resolved.secrets);
  const { issuerOrigins, clientId } = resolved;
  return Object.freeze(hideFromLogs(resolved, { instance, issuerOrigins, clientId, appBaseUrl }));
}

class OptionsCheck {
  private readonly problems: string[];

  constructor(problems: readonly string[]) {
    this.problems = [...problems];
  }

  done(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }

  unknown(given: object): void {
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(KNOWN_OPTIONS, name)) this.problems.push(`${name} is not an option`);
    }
    this.problems.push(...unknownNestedNames({ ...given }));
  }

  function<T>(name: string, value: T | undefined): T | undefined {
    if (value !== undefined && typeof value !== 'function') this.problems.push(`${name} must be a function`);
    return value;
  }

  object<T extends object>(name: string, value: T | undefined): Partial<T> {
    if (value === undefined) return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    this.problems.push(`${name} must be an object`);
    return {};
  }

  text(name: string, value: unknown): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.problems.push(`${name} is required`);
    return '';
  }

  clientAuth(given: Partial<Auth0ConnectOptions>, domains: readonly string[]): ClientAuth {
    const { clientAuth, problems } = resolveClientAuth(given.clientAuth, given.clientSecret);
    this.problems.push(...problems);
    if (clientAuth.method === 'tls_client_auth' && domains.some((domain) => domain.startsWith('http:'))) {
      this.problems.push('clientAuth.method "tls_client_auth" needs a domain on https');
    }
    return clientAuth;
  }

  api(given: Partial<Auth0ConnectOptions>): ResolvedApi {
    const { api, problems } = resolveApi(given);
    this.problems.push(...problems);
    return api;
  }

  backgroundWork(given: Partial<Auth0ConnectOptions>): Pick<ResolvedOptions, 'worker' | 'backgroundWork'> {
    const { work, problems } = resolveBackgroundWork(given);
    this.problems.push(...problems);
    return work;
  }

  boolean(name: string, value: unknown, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') this.problems.push(`${name} must be true or false`);
    return value === true;
  }

  integer(name: string, value: unknown, fallback: number, minimum: number): number {
    if (value === undefined) return fallback;
    if (Number.isSafeInteger(value) && (value as number) >= minimum) return value as number;
    this.problems.push(`${name} must be a whole number of at least ${minimum}`);
    return fallback;
  }

  page<T>(name: string, value: string | T | undefined, site: Site): string | T | undefined {
    const isPage = value === undefined || typeof value === 'function' || isPageOf(site, value);
    if (!isPage)
      this.problems.push(`${name} must be a path of the application, such as "/login-failed", or a function`);
    return value;
  }

  absoluteUrls(name: string, value: unknown): readonly string[] {
    const list: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    if (!list.every(isWebAddress)) this.problems.push(`${name} must be a list of absolute http or https URLs`);
    return Object.freeze(list.filter(isWebAddress));
  }

  myAccountScopes(value: unknown): readonly MyAccountScope[] {
    if (value === undefined) return MY_ACCOUNT_SCOPES;
    const known = MY_ACCOUNT_SCOPES.filter((scope) => Array.isArray(value) && value.includes(scope));
    if (!Array.isArray(value) || known.length !== new Set(value).size) {
      this.problems.push(`myAccountScopes must be a list of some of ${MY_ACCOUNT_SCOPES.join(', ')}`);
    }
    return Object.freeze(known);
  }

  scopeRules(value: ScopeRulesByConnection | undefined): ScopeRulesByConnection {
    this.problems.push(...problemsOfScopeRules(value));
    return value ?? {};
  }

  secrets(value: unknown): string[] {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0 || !list.every((secret) => typeof secret === 'string' && secret.length >= 32)) {
      this.problems.push(
        'secret must be a string of at least 32 characters, or a list of such: `openssl rand -hex 32`',
      );
    } else if (new Set(list).size !== list.length) {
      this.problems.push('secret lists the same value twice');
    }
    return list as string[];
  }

  domains(value: unknown, insecureHttp: boolean): [string, ...string[]] {
    if (typeof value !== 'object' || value === null) return [this.domain(value, insecureHttp)];
    const { allowed, resolve } = value as Partial<DomainChoice>;
    if (typeof resolve !== 'function') this.problems.push('domain.resolve must be a function of the request');
    const [first, ...others] = Array.isArray(allowed) ? (allowed as unknown[]) : [];
    return [this.domain(first, insecureHttp), ...others.map((other) => this.domain(other, insecureHttp))];
  }

  instance(name: string): string {
    if (!/^[a-zA-Z][\w-]{0,63}$/.test(name))
      this.problems.push('name must be a word of at most 64 letters, digits, "_" and "-"');
    return name;
  }

  private domain(value: unknown, insecureHttp: boolean): string {
    if (typeof value !== 'string' || value.trim() === '') {
      this.problems.push('domain is required, such as "example.eu.auth0.com"');
      return '';
    }
    const url = parseUrl(value.includes('://') ? value : `https://${value}`);
    const bare = url && url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
    if (!url || !bare || !['https:', 'http:'].includes(url.protocol)) {
      this.problems.push('domain must be a host name, such as "example.eu.auth0.com"');
      return '';
    }
    if (url.protocol === 'http:' && !(insecureHttp && isLoopback(url.hostname))) {
      this.problems.push(
        'domain uses http: only a loopback address may, such as "http://localhost:4477", with allowInsecureHttp: true',
      );
    }
    return url.origin;
  }

  /** One, a list, or a choice of several. */
  appBaseUrls(value: unknown): [string, ...string[]] {
    const { allowed, resolve } = isChoice(value) ? value : { allowed: value, resolve: undefined };
    if (resolve !== undefined && typeof resolve !== 'function') {
      this.problems.push('appBaseUrl.resolve must be a function of the request');
    }
    const [first, ...others] = Array.isArray(allowed) ? (allowed as unknown[]) : [allowed];
    const urls: [string, ...string[]] = [this.appBaseUrl(first), ...others.map((other) => this.appBaseUrl(other))];
    if (new Set(urls.filter(Boolean).map((url) => new URL(url).protocol)).size > 1) {
      this.problems.push('appBaseUrl lists https and http: the cookies of one would not do for the other');
    }
    return urls;
  }

  origins(name: string, value: unknown): readonly string[] {
    const list: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    for (const origin of list) {
      const url = typeof origin === 'string' ? parseUrl(origin) : undefined;
      if (!url || url.origin !== origin || !['https:', 'http:'].includes(url.protocol)) {
        this.problems.push(`${name} must be a list of origins, such as "https://app.example.com", without a path`);
      } else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
        this.problems.push(`${name} "${url.origin}" must use https`);
      }
    }
    return Object.freeze(list.filter((origin): origin is string => typeof origin === 'string'));
  }

  private appBaseUrl(value: unknown): string {
    const url = typeof value === 'string' ? parseUrl(value) : undefined;
    if (!url || !['https:', 'http:'].includes(url.protocol) || url.search || url.hash || url.username || url.password) {
      this.problems.push('appBaseUrl must be the absolute URL of the application, such as "https://app.example.com"');
      return '';
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      this.problems.push('appBaseUrl must use https: outside of localhost the session cookie would travel in clear');
    }
    return withoutTrailingSlashes(`${url.origin}${url.pathname}`);
  }

  authorizationParams(value: Auth0ConnectOptions['authorizationParams']): Record<string, string> {
    const params: Record<string, string> = {};
    for (const [name, param] of Object.entries(value ?? {})) {
      if (param === undefined) continue;
      if (RESERVED_PARAMETERS.includes(name)) {
        this.problems.push(`authorizationParams.${name} is set by the library and cannot be given`);
      } else if (typeof param !== 'string' && typeof param !== 'number') {
        this.problems.push(`authorizationParams.${name} must be a string or a number`);
      } else {
        params[name] = String(param);
      }
    }
    if (params.scope !== undefined && !parseScopes(params.scope).includes('openid')) {
      this.problems.push('authorizationParams.scope must contain "openid"');
    }
    return params;
  }

  /** @param jar tells the applications apart that share a host name in development */
  cookieName(value: unknown, { secure, instance, jar }: { secure: boolean; instance: string; jar: string }): string {
    const own = instance === DEFAULT_INSTANCE ? '' : `_${instance}`;
    const name = value ?? (secure ? `__Host-auth0_connect_session${own}` : `auth0_connect_session${own}_${jar}`);
    if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) {
      this.problems.push('session.cookie.name must consist of letters, digits, "_" and "-"');
      return '';
    }
    if (/^__(host|secure)-/i.test(name) && !secure) {
      this.problems.push(`session.cookie.name "${name}" needs an https appBaseUrl`);
    }
    // Browsers refuse such a cookie from a subdomain or over http, so that nobody else can plant one.
    if (secure && !name.startsWith('__Host-')) {
      this.problems.push(`session.cookie.name "${name}" must begin with "__Host-" on https: "__Host-${name}"`);
    }
    return name;
  }

  sameSite(value: unknown, secure: boolean): 'lax' | 'strict' | 'none' {
    const known = (['lax', 'strict', 'none'] as const).find((name) => name === (value ?? 'lax'));
    if (known === undefined) this.problems.push('session.cookie.sameSite must be "lax", "strict" or "none"');
    if (known === 'none' && !secure) this.problems.push('session.cookie.sameSite "none" needs an https appBaseUrl');
    return known ?? 'lax';
  }
}

/** `*.localhost` is one too, RFC 6761 section 6.3. */
function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname) || hostname.endsWith('.localhost');
}

function isChoice(value: unknown): value is AppBaseUrlChoice {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWebAddress(value: unknown): value is string {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  return url !== undefined && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password;
}

function isPageOf(site: Site, value: unknown): boolean {
  if (typeof value !== 'string' || site.appBaseUrl === '') return false;
  try {
    return safeReturnTo(value, site) !== '';
  } catch {
    return false;
  }
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}
