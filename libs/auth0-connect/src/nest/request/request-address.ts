import { forwardedOrigin } from './forwarded.js';
import { addressIn, type HttpRequest } from './http-request.js';
import { siteOf, type SiteOptions } from './request-site.js';

/**
 * Where the caller sent the request, as the caller sees it: below the `appBaseUrl` that it came to, or where a trusted
 * proxy says it came in. Never by the Host header, which is the caller's to choose.
 */
export function addressOf(request: HttpRequest, options: SiteOptions): string {
  const { origin, pathname } = new URL(siteOf(request, options).appBaseUrl);
  const reachedAt = (options.trustProxy && forwardedOrigin(request)) || origin;
  const [path = ''] = addressIn(request).split(/[?#]/, 1);
  return `${reachedAt}${pathname.replace(/\/$/, '')}${path}`;
}
