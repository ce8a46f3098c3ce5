import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { CLOCK, type Clock } from '../../ports/clock.js';
import { isRandomToken } from '../../shared/random.js';
import type { HttpRequest } from './http-request.js';
import type { LoginSession } from '../../session/login-session.js';

const LOGIN_COOKIE_SECONDS = 60 * 60;

/**
 * The two cookies, each a random id and nothing else: one names the session, one ties a pending login to the browser
 * that began it.
 */
@Injectable()
export class ConnectCookies {
  private readonly sessionCookie: string;
  private readonly loginCookie: string;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.sessionCookie = options.session.cookieName;
    this.loginCookie = `${options.session.cookieName}_login`;
  }

  /** What the session cookie holds, if it has the right form. */
  readSessionToken(request: HttpRequest): string | undefined {
    return readCookie(request, this.sessionCookie);
  }

  writeSessionToken(response: unknown, sessionToken: string, session: LoginSession): void {
    const lifetimeMs = session.record.absoluteExpiresAt - this.clock.now();
    this.write(response, this.sessionCookie, sessionToken, Math.max(1, Math.floor(lifetimeMs / 1000)));
  }

  clearSession(response: unknown): void {
    this.write(response, this.sessionCookie, '', 0);
  }

  readBrowserId(request: HttpRequest): string | undefined {
    return readCookie(request, this.loginCookie);
  }

  writeBrowserId(response: unknown, browserId: string): void {
    this.write(response, this.loginCookie, browserId, LOGIN_COOKIE_SECONDS);
  }

  private write(response: unknown, name: string, value: string, maxAge: number): void {
    this.host.httpAdapter.setCookie(response, name, value, {
      path: '/',
      httpOnly: true,
      // The callback is a navigation from Auth0's site: a strict login cookie would not be there.
      sameSite: name === this.loginCookie ? 'lax' : this.options.session.sameSite,
      secure: this.options.session.secure,
      maxAge,
    });
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
