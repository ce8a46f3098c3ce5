import { CrossSiteRequestError } from '../../errors/index.js';
import type { HttpRequest } from './http-request.js';

/**
 * Refuses what another site's page has set off: `<img src=".../auth/connect/...">`, a foreign form.
 *
 * Browsers say so themselves (`Sec-Fetch-Site`, W3C Fetch Metadata). A sibling (another subdomain, another port of
 * localhost) may link here and no more: whoever holds it need not be us. A browser that says nothing still sends
 * `Origin` with a form. A link within the application, a bookmark and a program pass.
 * @throws CrossSiteRequestError
 */
export function refuseCrossSite(request: HttpRequest, appBaseUrl: string): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, origin } = request.headers;
  const isLink = request.method === 'GET' && mode === 'navigate';
  const isOurs =
    site === undefined
      ? origin === undefined || origin === new URL(appBaseUrl).origin
      : site === 'same-origin' || site === 'none' || (site === 'same-site' && isLink);
  if (!isOurs) throw new CrossSiteRequestError();
}
