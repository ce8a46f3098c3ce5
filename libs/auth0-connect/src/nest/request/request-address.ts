import type { ResolvedOptions } from '../../options/resolved-options.js';
import { addressIn, type HttpRequest } from './http-request.js';

/**
 * Where the caller sent the request, as the caller sees it: below `appBaseUrl`, or where a trusted proxy says it came
 * in. Never by the Host header, which is the caller's to choose.
 */
export function addressOf(
  request: HttpRequest,
  { appBaseUrl, trustProxy }: Pick<ResolvedOptions, 'appBaseUrl' | 'trustProxy'>,
): string {
  const { origin, pathname } = new URL(appBaseUrl);
  const reachedAt = (trustProxy && forwardedOrigin(request)) || origin;
  const [path = ''] = addressIn(request).split(/[?#]/, 1);
  return `${reachedAt}${pathname.replace(/\/+$/, '')}${path}`;
}

/** Undefined unless the proxy has set both headers, to one value each. */
function forwardedOrigin({ headers }: HttpRequest): string | undefined {
  const { 'x-forwarded-proto': proto, 'x-forwarded-host': host } = headers;
  if (typeof proto !== 'string' || typeof host !== 'string') return undefined;
  if (!/^https?$/.test(proto) || !/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host)) return undefined;
  return URL.canParse(`${proto}://${host}`) ? new URL(`${proto}://${host}`).origin : undefined;
}
