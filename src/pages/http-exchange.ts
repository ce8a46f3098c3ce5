import type { ArgumentsHost, HttpServer } from '@nestjs/common';
import type { HttpRequest, UserClaims } from 'nestjs-auth0-connect';

/** What a filter needs of a request, on either adapter; Node's own request is all there is before the routing. */
export type FilterRequest = Pick<HttpRequest, 'method' | 'headers'> & {
  originalUrl?: string;
  url: string;
  user?: UserClaims;
};

export function requestOf(host: ArgumentsHost): FilterRequest {
  return host.switchToHttp().getRequest<FilterRequest>();
}

/** Whether a person's browser asks, and not a program. */
export function wantsPage({ headers }: FilterRequest): boolean {
  return String(headers.accept ?? '').includes('text/html');
}

/** Path and query of a request without what a redirect back to it has told: that is over. */
export function addressOf(request: FilterRequest): URL {
  const path = request.originalUrl ?? request.url;
  // What somebody sends as the target of a request need not be an address.
  const url = new URL(URL.canParse(path, 'http://localhost') ? path : '/', 'http://localhost');
  for (const name of ['auth0_connect_error', 'auth0_connect_connection', 'connection', 'done'])
    url.searchParams.delete(name);
  return url;
}

export function sendPage(adapter: HttpServer, host: ArgumentsHost, status: number, html: string): void {
  const response = host.switchToHttp().getResponse<unknown>();
  adapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
  adapter.setHeader(response, 'Cache-Control', 'private, no-store');
  adapter.reply(response, html, status);
}

/** Takes back the content type that a page's handler has announced: JSON follows. */
export function expectData(adapter: HttpServer, host: ArgumentsHost): void {
  adapter.setHeader(host.switchToHttp().getResponse<unknown>(), 'Content-Type', 'application/json; charset=utf-8');
}
