import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/**
 * Answers that are sent and not returned: an interceptor that wraps, serializes or caches what handlers return has no part
 * in a redirect.
 */
@Injectable()
export class Answers {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** 302. */
  redirect(response: unknown, url: string): void {
    this.keepFromCaches(response);
    this.host.httpAdapter.redirect(response, 302, url);
  }

  /** A page. @param contentSecurityPolicy what the page may load and where it may be framed */
  page(response: unknown, html: string, contentSecurityPolicy: string, status = 200): void {
    this.keepFromCaches(response);
    this.host.httpAdapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
    this.host.httpAdapter.setHeader(response, 'Content-Security-Policy', contentSecurityPolicy);
    // What is in its address is nobody else's business.
    this.host.httpAdapter.setHeader(response, 'Referrer-Policy', 'no-referrer');
    this.host.httpAdapter.reply(response, html, status);
  }

  /** What is about one person is kept by no cache on the way, and not by the browser for after the logout. */
  keepFromCaches(response: unknown): void {
    this.host.httpAdapter.setHeader(response, 'Cache-Control', 'private, no-store');
  }
}
