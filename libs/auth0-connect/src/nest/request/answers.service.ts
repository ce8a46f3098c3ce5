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

  /** 200, a page. @param contentSecurityPolicy what the page may load and where it may be framed */
  page(response: unknown, html: string, contentSecurityPolicy: string): void {
    this.keepFromCaches(response);
    this.host.httpAdapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
    this.host.httpAdapter.setHeader(response, 'Content-Security-Policy', contentSecurityPolicy);
    this.host.httpAdapter.reply(response, html, 200);
  }

  /** What is about one person is kept by no cache on the way, and not by the browser for after the logout. */
  keepFromCaches(response: unknown): void {
    this.host.httpAdapter.setHeader(response, 'Cache-Control', 'private, no-store');
  }
}
