import { CrossSiteRequestError } from '../errors/index.js';
import type { HttpRequest } from './http-request.js';

/**
 * Refuses what another site's page has set off: `<img src=".../auth/connect/...">`, a foreign form.
 *
 * Browsers say so themselves (`Sec-Fetch-Site`, W3C Fetch Metadata); one that does not still sends `Origin` with a
 * form. A link within the application, a bookmark and a program pass.
 * @throws CrossSiteRequestError
 */
export function refuseCrossSite(request: HttpRequest, appBaseUrl: string): void {
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (site !== undefined) {
    if (site === 'cross-site') throw new CrossSiteRequestError();
    return;
  }
  if (origin !== undefined && origin !== new URL(appBaseUrl).origin) throw new CrossSiteRequestError();
}
