import { digest } from '../shared/digest.js';
import { DEFAULT_INSTANCE } from './instance-name.js';
import type { OptionsCheck } from './options-check.js';

/** How long a login lasts and what its cookie looks like. */
export interface SessionOptions {
  /** Seconds without a request after which the session ends. Default 86 400 (1 day). */
  inactivityDurationSeconds?: number;
  /** Seconds after the login at which the session ends in any case. Default 259 200 (3 days). */
  absoluteDurationSeconds?: number;
  /** The sliding expiry is written at most once in so many seconds. Default 60. */
  touchIntervalSeconds?: number;
  /**
   * Ends the session, with all tokens that are stored for it, when Auth0 takes its refresh token no more: revoked, expired,
   * the user blocked or deleted. With `false` it goes on until its own end, and only what needs Auth0 asks to log in. Default
   * true.
   */
  endsWithRefreshToken?: boolean;
  /** Sessions one user may have; a login beyond ends the oldest ones, one by `loginWithBackchannel` too. Default 20. */
  maxPerUser?: number;
  /** What the session cookie looks like; login cookies follow. */
  cookie?: {
    /**
     * Default `auth0_connect_session`, with `__Host-` before it on https; on http followed by six characters of client
     * and address, since browsers share cookies among all ports of localhost. On https it must begin with `__Host-`.
     */
    name?: string;
    /**
     * Default `lax`. With `strict` a person who comes back from Auth0 appears logged out on the first page, and connects
     * cannot be completed. `none`, on https, is for an application inside another site's frame: the cookies are
     * `Partitioned`, and other sites' requests bring them along.
     */
    sameSite?: 'lax' | 'strict' | 'none';
  };
}

/** How long a login lasts and what its cookie looks like, checked. */
export interface ResolvedSession {
  readonly inactivityMs: number;
  readonly absoluteMs: number;
  readonly touchIntervalMs: number;
  readonly endsWithRefreshToken: boolean;
  readonly maxPerUser: number;
  readonly cookieName: string;
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly secure: boolean;
}

/** @param application which one the cookies are for */
export function resolveSession(
  given: unknown,
  application: { appBaseUrl: string; clientId: string; instance: string },
  check: OptionsCheck,
): ResolvedSession {
  const session: Partial<Record<keyof SessionOptions, unknown>> = check.object('session', given);
  const cookie: { name?: unknown; sameSite?: unknown } = check.object('session.cookie', session.cookie);
  const secure = application.appBaseUrl.startsWith('https:');
  return Object.freeze({
    inactivityMs: check.seconds('session.inactivityDurationSeconds', session.inactivityDurationSeconds, 86_400),
    absoluteMs: check.seconds('session.absoluteDurationSeconds', session.absoluteDurationSeconds, 259_200),
    touchIntervalMs: check.seconds('session.touchIntervalSeconds', session.touchIntervalSeconds, 60),
    endsWithRefreshToken: check.boolean('session.endsWithRefreshToken', session.endsWithRefreshToken, true),
    maxPerUser: check.integer('session.maxPerUser', session.maxPerUser, 20, 1),
    cookieName: cookieNameOf(cookie.name ?? defaultCookieName(application, secure), secure, check),
    sameSite: sameSiteOf(cookie.sameSite, secure, check),
    secure,
  });
}

function defaultCookieName(
  { appBaseUrl, clientId, instance }: { appBaseUrl: string; clientId: string; instance: string },
  secure: boolean,
): string {
  const own = instance === DEFAULT_INSTANCE ? '' : `_${instance}`;
  if (secure) return `__Host-auth0_connect_session${own}`;
  // In development applications share a host name, and browsers keep one jar for all of its ports.
  const jar = digest('cookie', clientId, appBaseUrl).slice(0, 6);
  return `auth0_connect_session${own}_${jar}`;
}

function cookieNameOf(name: unknown, secure: boolean, check: OptionsCheck): string {
  if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) {
    check.add('session.cookie.name must consist of letters, digits, "_" and "-"');
    return '';
  }
  if (/^__(host|secure)-/i.test(name) && !secure) {
    check.add(`session.cookie.name "${name}" needs an https appBaseUrl`);
  }
  // Browsers refuse such a cookie from a subdomain or over http, so that nobody else can plant one.
  if (secure && !name.startsWith('__Host-')) {
    check.add(`session.cookie.name "${name}" must begin with "__Host-" on https: "__Host-${name}"`);
  }
  return name;
}

function sameSiteOf(value: unknown, secure: boolean, check: OptionsCheck): 'lax' | 'strict' | 'none' {
  const known = (['lax', 'strict', 'none'] as const).find((name) => name === (value ?? 'lax'));
  if (known === undefined) check.add('session.cookie.sameSite must be "lax", "strict" or "none"');
  if (known === 'none' && !secure) check.add('session.cookie.sameSite "none" needs an https appBaseUrl');
  return known ?? 'lax';
}
