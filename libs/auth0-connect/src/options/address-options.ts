import type { Auth0ConnectError } from '../errors/index.js';
import { safeReturnTo, type Site } from '../shared/app-urls.js';
import { withoutTrailingSlashes } from '../shared/trim-slashes.js';
import type { OptionsCheck } from './options-check.js';
import { isLoopback, namesUser, parseWebAddress } from './web-address.js';

/** Several addresses of one application. */
export interface AppBaseUrlChoice {
  /** Nothing else is ever used. The first one is taken where there is no request. */
  allowed: readonly string[];
  /**
   * Which of them a request came to. Whatever else it gives is refused. Default: the one whose host the request names
   * (`X-Forwarded-Host` with `trustProxy`), else the first.
   */
  resolve?: (request: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }) => string;
}

/** A login or connect that has failed, for `failedCallbackPage`. */
export interface FailedCallback {
  /** What has failed: `error.code` is what the page is told. */
  readonly error: Auth0ConnectError;
  /** What was begun; undefined, as the two below, where nothing pending was found by the callback's `state`. */
  readonly kind: 'login' | 'connect' | undefined;
  /** Where the person wanted to go, a path of the application. */
  readonly returnTo: string | undefined;
  /** What was to be connected, for a connect. */
  readonly connection: string | undefined;
  /** Whether the browser has a live session all the same. */
  readonly isLoggedIn: boolean;
}

/** Where people reach the application, and where else they may be led from it, checked. */
export interface ResolvedAddresses {
  /** Each without a slash at the end; the first one is the default. */
  readonly appBaseUrls: readonly [string, ...string[]];
  readonly resolveAppBaseUrl: AppBaseUrlChoice['resolve'];
  /** Origins of front ends elsewhere. */
  readonly trustedOrigins: readonly string[];
  readonly failedCallbackPage: string | ((failure: FailedCallback) => string | undefined) | undefined;
  readonly trustProxy: boolean;
}

/** The application's own addresses. */
export function resolveAddresses(
  given: {
    appBaseUrl?: unknown;
    trustedOrigins?: unknown;
    failedCallbackPage?: ResolvedAddresses['failedCallbackPage'];
    trustProxy?: unknown;
  },
  check: OptionsCheck,
): ResolvedAddresses {
  const appBaseUrls = appBaseUrlsOf(given.appBaseUrl, check);
  const trustedOrigins = originsOf(given.trustedOrigins, check);
  return {
    appBaseUrls,
    resolveAppBaseUrl: isChoice(given.appBaseUrl) ? given.appBaseUrl.resolve : undefined,
    trustedOrigins,
    failedCallbackPage: pageOf(given.failedCallbackPage, { appBaseUrl: appBaseUrls[0], trustedOrigins }, check),
    trustProxy: check.boolean('trustProxy', given.trustProxy, false),
  };
}

/** One, a list, or a choice of several. */
function appBaseUrlsOf(value: unknown, check: OptionsCheck): [string, ...string[]] {
  if (!isChoice(value) && !Array.isArray(value)) return [readAppBaseUrl('appBaseUrl', value, check)];
  const [name, list] = isChoice(value) ? ['appBaseUrl.allowed', value.allowed] : ['appBaseUrl', value];
  if (isChoice(value)) check.function('appBaseUrl.resolve', value.resolve);
  const [first = '', ...others] = check
    .list(name, list)
    .map((item, index) => readAppBaseUrl(`${name}[${index}]`, item, check));
  if (new Set([first, ...others].filter(Boolean).map((url) => new URL(url).protocol)).size > 1) {
    check.add(`${name} lists https and http: the cookies of one would not do for the other`);
  }
  return [first, ...others];
}

function readAppBaseUrl(name: string, value: unknown, check: OptionsCheck): string {
  const url = parseWebAddress(value);
  if (!url || url.search || url.hash || namesUser(url)) {
    check.add(`${name} must be the absolute URL of the application, such as "https://app.example.com"`);
    return '';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    check.add(`${name} must use https: outside of localhost the session cookie would travel in clear`);
  }
  return withoutTrailingSlashes(`${url.origin}${url.pathname}`);
}

function originsOf(value: unknown, check: OptionsCheck): readonly string[] {
  const list: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  for (const origin of list) {
    const url = parseWebAddress(origin);
    if (!url || url.origin !== origin) {
      check.add('trustedOrigins must be a list of origins, such as "https://app.example.com", without a path');
    } else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      check.add(`trustedOrigins "${url.origin}" must use https`);
    }
  }
  return Object.freeze(list.filter((origin): origin is string => typeof origin === 'string'));
}

function pageOf<T>(value: string | T | undefined, site: Site, check: OptionsCheck): string | T | undefined {
  if (value !== undefined && typeof value !== 'function' && !isPageOf(site, value)) {
    check.add('failedCallbackPage must be a path of the application, such as "/login-failed", or a function');
  }
  return value;
}

function isPageOf(site: Site, value: unknown): boolean {
  if (typeof value !== 'string' || site.appBaseUrl === '') return false;
  try {
    return safeReturnTo(value, site) !== '';
  } catch {
    return false;
  }
}

function isChoice(value: unknown): value is AppBaseUrlChoice {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
