import { CrossSiteRequestError, NavigationRequiredError } from '../../errors/index.js';
import type { Site } from '../../shared/app-urls.js';
import type { HttpRequest } from './http-request.js';

/** `Sec-Purpose` of browsers today, and what older ones and their extensions have sent in its place. */
const PURPOSE_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
/** Frames of the application's own pages may be led through a login; what another site frames may not. */
const FRAMES = ['iframe', 'frame'];

/**
 * A GET with effects acts for a person who goes there, and for nobody else: not for a prefetch or prerender, a `HEAD`, an
 * image, a script.
 * @see https://www.w3.org/TR/fetch-metadata/
 * @throws NavigationRequiredError
 */
export function requireNavigation(request: HttpRequest): void {
  if (!isNavigation(request) && !isUndeclared(request)) throw new NavigationRequiredError();
}

/**
 * Whether a person's browser goes to a page. Browsers say so by Fetch Metadata, older ones by `Accept`: a program gets JSON
 * where a person gets a page.
 */
export function isNavigation(request: HttpRequest): boolean {
  if (request.method !== 'GET' || isSpeculative(request)) return false;
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': dest, 'sec-fetch-site': site, accept } = request.headers;
  if (mode === undefined && dest === undefined) return String(accept ?? '').includes('text/html');
  if (mode !== undefined && mode !== 'navigate') return false;
  return dest === undefined || dest === 'document' || (FRAMES.includes(String(dest)) && site === 'same-origin');
}

/** Whether nobody has opened the page yet, and perhaps nobody will. */
function isSpeculative({ headers }: HttpRequest): boolean {
  return PURPOSE_HEADERS.some((name) => /prefetch|prerender|preview/i.test(String(headers[name] ?? '')));
}

/**
 * A GET that says nothing of itself, as no browser's does: a program that takes whatever comes, and went there on purpose.
 */
export function isUndeclared(request: HttpRequest): boolean {
  const { accept = '*/*', origin, referer, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = request.headers;
  const isPlain = [origin, referer, mode, dest].every((header) => header === undefined);
  return request.method === 'GET' && isPlain && !isSpeculative(request) && accept === '*/*';
}

/** RFC 9110 section 9.2.1. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Whether the request only reads. */
export function isSafe({ method }: HttpRequest): boolean {
  return SAFE_METHODS.includes(method);
}

/**
 * Refuses what another site's page has set off: `<img src=".../auth/connect/...">`, a foreign form.
 *
 * Browsers say so themselves (`Sec-Fetch-Site`, W3C Fetch Metadata). A sibling (another subdomain, another port of
 * localhost) may link here and no more: whoever holds it need not be us. A browser that says nothing still sends
 * `Origin` with a form. A link within the application, a bookmark, a program and a trusted origin's page pass.
 * @throws CrossSiteRequestError
 */
export function refuseCrossSite(request: HttpRequest, own: Site): void {
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (typeof origin === 'string' && own.trustedOrigins.includes(origin)) return;
  const isOurs =
    site === undefined
      ? origin === undefined || origin === new URL(own.appBaseUrl).origin
      : site === 'same-origin' || site === 'none' || (site === 'same-site' && isNavigation(request));
  if (!isOurs) throw new CrossSiteRequestError();
}

/** Whether another site's page has led a person here: a link in a web mail, and any redirect on the way from there. */
export function isFromElsewhere({ headers }: HttpRequest): boolean {
  return headers['sec-fetch-site'] === 'cross-site';
}

/**
 * A browser says where a socket is opened from, and sends the cookies of its own site along from any origin.
 * @throws CrossSiteRequestError
 */
export function refuseForeignSocket({ headers }: HttpRequest, { appBaseUrl, trustedOrigins }: Site): void {
  const { upgrade, origin } = headers;
  if (upgrade === undefined || typeof origin !== 'string' || trustedOrigins.includes(origin)) return;
  if (origin !== new URL(appBaseUrl).origin) throw new CrossSiteRequestError();
}
