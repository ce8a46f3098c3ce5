import type { ExecutionContext } from '@nestjs/common';
import { safeReturnTo } from '../../shared/app-urls.js';

/** What Express' and Fastify's requests have in common, as far as it is used here. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as they arrived. */
  readonly originalUrl: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, with every repetition. */
  readonly rawHeaders?: readonly string[];
  /** Node's own request, in Fastify's. */
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

/**
 * The request behind a handler, over HTTP or GraphQL.
 * @throws TypeError for any other kind: what cannot be checked is not let through
 */
export function requestOf(context: ExecutionContext): HttpRequest {
  const type = context.getType<string>();
  // As `switchToHttp().getRequest()`, which makes three functions each time.
  if (type === 'http') return context.getArgByIndex<HttpRequest>(0);
  if (type === 'graphql') {
    const graphql = context.getArgByIndex<{ req?: HttpRequest; request?: HttpRequest } | undefined>(2);
    const request = graphql?.req ?? graphql?.request;
    if (request) return request;
  }
  throw new TypeError(`Who a request is from is found by its headers, and a "${type}" context has no such request`);
}

/** Where a person comes back to after logging in or connecting: the page that was asked for. */
export function returnToOf(request: HttpRequest, appBaseUrl: string): string | undefined {
  if (request.method !== 'GET' || !request.originalUrl) return undefined;
  // Legal in an address, and refused in a `returnTo` for what browsers make of it.
  const address = request.originalUrl.replaceAll('\\', '%5C');
  const returnTo = `${new URL(appBaseUrl).pathname.replace(/\/$/, '')}${address}`;
  try {
    return safeReturnTo(returnTo, appBaseUrl);
  } catch {
    return undefined; // too long to come back to
  }
}

/** Whether a person's browser asks for a page, and not a program for data. */
export function wantsPage(request: HttpRequest): boolean {
  return request.method === 'GET' && String(request.headers.accept ?? '').includes('text/html');
}
