import { InvalidRequestError } from '../../errors/index.js';
import type { ResolvedOptions } from '../../options/resolved-options.js';
import type { Site } from '../../shared/app-urls.js';
import { hostOf } from './forwarded.js';
import type { HttpRequest } from './http-request.js';

/** What is needed to tell which of the application's addresses a request came to. */
export type SiteOptions = Pick<ResolvedOptions, 'appBaseUrls' | 'resolveAppBaseUrl' | 'trustedOrigins' | 'trustProxy'>;

/**
 * Which of the application's addresses a request came to: one that is configured, whatever its headers say.
 * @throws InvalidRequestError when the resolver gives one that is not configured
 */
export function siteOf(request: HttpRequest, options: SiteOptions): Site {
  return { appBaseUrl: appBaseUrlOf(request, options), trustedOrigins: options.trustedOrigins };
}

function appBaseUrlOf(request: HttpRequest, { appBaseUrls, resolveAppBaseUrl, trustProxy }: SiteOptions): string {
  const [first] = appBaseUrls;
  if (appBaseUrls.length === 1) return first;
  if (!resolveAppBaseUrl) {
    const host = hostOf(request, trustProxy);
    return appBaseUrls.find((allowed) => new URL(allowed).host === host) ?? first;
  }
  const resolved: unknown = resolveAppBaseUrl(request);
  const allowed = appBaseUrls.find((url) => url === String(resolved).replace(/\/$/, ''));
  if (allowed === undefined) throw new InvalidRequestError('appBaseUrl', 'is not one that this application serves');
  return allowed;
}
