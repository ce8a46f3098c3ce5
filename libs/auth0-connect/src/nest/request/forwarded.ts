import type { HttpRequest } from './http-request.js';

/** What a trusted proxy says of where a request came in. Undefined unless it has set both headers, to one value each. */
export function forwardedOrigin({ headers }: HttpRequest): string | undefined {
  const { 'x-forwarded-proto': proto, 'x-forwarded-host': host } = headers;
  if (typeof proto !== 'string' || typeof host !== 'string') return undefined;
  if (!/^https?$/.test(proto) || !/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host)) return undefined;
  return URL.canParse(`${proto}://${host}`) ? new URL(`${proto}://${host}`).origin : undefined;
}

/** The host that a request names: its caller's to choose, so it is compared with what is configured and never used. */
export function hostOf(request: HttpRequest, trustProxy: boolean): string | undefined {
  const forwarded = trustProxy ? forwardedOrigin(request) : undefined;
  if (forwarded !== undefined) return new URL(forwarded).host;
  const { host } = request.headers;
  return typeof host === 'string' ? host.toLowerCase() : undefined;
}
