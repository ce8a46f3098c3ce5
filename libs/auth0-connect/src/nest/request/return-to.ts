import { safeReturnTo, type Site } from '../../shared/app-urls.js';
import { withoutFailure } from './failure-parameters.js';
import { addressIn, type HttpRequest } from './http-request.js';
import { isNavigation, isUndeclared } from './navigation.js';

/**
 * Where a person comes back to after logging in or connecting: the page that was asked for, or the page whose script asked.
 * Never the address of an endpoint, at which a person would look at JSON.
 */
export function returnToOf(request: HttpRequest, site: Site): string | undefined {
  const isPage = isNavigation(request) || isUndeclared(request);
  const page = isPage ? pageAt(request, site.appBaseUrl) : refererOf(request);
  if (page === undefined) return undefined;
  try {
    return withoutFailure(safeReturnTo(page, site));
  } catch {
    return undefined; // of another origin, or too long to come back to
  }
}

function pageAt(request: HttpRequest, appBaseUrl: string): string {
  // Legal in an address, and refused in a `returnTo` for what browsers make of it.
  const address = addressIn(request).replaceAll('\\', '%5C');
  return `${new URL(appBaseUrl).pathname.replace(/\/$/, '')}${address}`;
}

function refererOf({ headers }: HttpRequest): string | undefined {
  const { referer } = headers;
  return typeof referer === 'string' && /^https?:\/\//.test(referer) ? referer : undefined;
}
