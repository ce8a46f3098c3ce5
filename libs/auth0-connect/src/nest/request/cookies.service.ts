import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { CLOCK, type Clock } from '../../ports/clock.js';
import type { LoginSession } from '../../session/login-session.js';
import { digest } from '../../shared/digest.js';
import { isRandomToken } from '../../shared/random.js';
import type { HttpRequest } from './http-request.js';

const LOGIN_COOKIE_SECONDS = 60 * 60;
/** The callback is a navigation from Auth0's site, at which a strict cookie is not there: login cookies are lax. */
const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;
/** Tabs that a browser restores at once each begin a login under a cookie of their own. */
const MOST_LOGIN_COOKIES = 20;

/**
 * The cookies, each a random id and nothing else: one names the session, the others tie pending logins to the browser that
 * began them.
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
 */
@Injectable()
export class ConnectCookies {
  private readonly sessionCookie: string;
  /** What the names of all login cookies begin with: with a dot, which no name of a session cookie has. */
  private readonly loginCookies: string;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.sessionCookie = options.session.cookieName;
    this.loginCookies = `${options.session.cookieName}.login.`;
  }

  /**
   * What the session cookie holds, for `SessionService.findSession`; undefined without one, or for one that has not the form
   * of a session token. It is a secret as good as the login.
   */
  readSessionToken(request: HttpRequest): string | undefined {
    return readCookie(request, this.sessionCookie);
  }

  /**
   * Hands the session to the browser, until its absolute end. Send `Cache-Control: no-store` with the answer.
   * @param response Express' or Fastify's, as `@Res({ passthrough: true })` gives it
   * @param sessionToken what `completeInteractiveLogin` gave
   */
  writeSessionToken(response: unknown, sessionToken: string, session: LoginSession): void {
    const lifetimeMs = session.record.absoluteExpiresAt - this.clock.now();
    this.write(response, this.sessionCookie, sessionToken, Math.max(1, Math.floor(lifetimeMs / 1000)));
  }

  /** Takes the session cookie from the browser. The session itself is ended by `LoginService.logout`. */
  clearSession(response: unknown): void {
    this.write(response, this.sessionCookie, '', 0);
  }

  /** Under which id this browser begins logins, for `startInteractiveLogin`; undefined for one that has begun none within the hour. */
  readBrowserId(request: HttpRequest): string | undefined {
    return this.readBrowserIds(request)[0];
  }

  /**
   * All ids under which this browser has begun logins, 20 at most, for `completeInteractiveLogin`: several where tabs were
   * opened at once.
   */
  readBrowserIds(request: HttpRequest): string[] {
    return cookiesIn(request)
      .filter(([name, value]) => isRandomToken(value) && name === this.loginCookieOf(value))
      .slice(0, MOST_LOGIN_COOKIES)
      .map(([, value]) => value);
  }

  /**
   * Ties a login to this browser for one hour, under a cookie of its own name: one that begins at the same time keeps its own.
   * @param browserId what `startInteractiveLogin` gave
   */
  writeBrowserId(response: unknown, browserId: string): void {
    this.write(response, this.loginCookieOf(browserId), browserId, LOGIN_COOKIE_SECONDS);
  }

  /** By its value: no other cookie that holds a random id, such as another instance's session, passes for one. */
  private loginCookieOf(browserId: string): string {
    return `${this.loginCookies}${digest('browser', browserId).slice(0, 8)}`;
  }

  /** No secret is in it, and the options hold some. */
  toJSON(): object {
    return { sessionCookie: this.sessionCookie };
  }

  private write(response: unknown, name: string, value: string, maxAgeSeconds: number): void {
    const { sameSite, secure } = this.options.session;
    const cookie = [
      `${name}=${value}`,
      `Max-Age=${maxAgeSeconds}`,
      'Path=/',
      'HttpOnly',
      secure && 'Secure',
      `SameSite=${SAME_SITE[name === this.sessionCookie || sameSite === 'none' ? sameSite : 'lax']}`,
      // In a frame of another site: kept apart for each site that frames the application (CHIPS).
      sameSite === 'none' && 'Partitioned',
    ];
    // Every version of Nest has this, and every adapter adds to what is there.
    this.host.httpAdapter.appendHeader(response, 'Set-Cookie', cookie.filter(Boolean).join('; '));
  }
}

/** One cookie by name, without taking the others apart. The first of several is the one with the longest path. */
function readCookie(request: HttpRequest, name: string): string | undefined {
  const header = request.headers.cookie;
  if (typeof header !== 'string') return undefined;
  for (let start = 0; start < header.length;) {
    while (header[start] === ' ' || header[start] === '\t') start += 1;
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    if (header.startsWith(name, start) && header[start + name.length] === '=') {
      const value = header.slice(start + name.length + 1, end).trimEnd();
      return isRandomToken(value) ? value : undefined;
    }
    start = end + 1;
  }
  return undefined;
}

function cookiesIn({ headers: { cookie } }: HttpRequest): [name: string, value: string][] {
  if (typeof cookie !== 'string') return [];
  return cookie.split(';').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at === -1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]];
  });
}
