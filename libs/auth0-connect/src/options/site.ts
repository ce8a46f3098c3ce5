import { InvalidRequestError } from '../errors/request.errors.js';
import type { Site } from '../shared/app-urls.js';
import type { ResolvedOptions } from './resolved-options.js';

/**
 * The site that a call is for.
 * @param appBaseUrl default: the first one of the options
 * @throws InvalidRequestError for one that is not among them
 */
export function siteFor(
  { appBaseUrls, trustedOrigins }: Pick<ResolvedOptions, 'appBaseUrls' | 'trustedOrigins'>,
  appBaseUrl: string = appBaseUrls[0],
): Site {
  if (!appBaseUrls.includes(appBaseUrl)) throw new InvalidRequestError('appBaseUrl', 'must be one of the options');
  return { appBaseUrl, trustedOrigins };
}
