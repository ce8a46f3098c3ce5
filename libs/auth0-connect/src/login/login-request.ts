import { InvalidRequestError } from '../errors/index.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { parseScopes } from '../shared/scopes.js';

/** Where a login is made and what its tokens are for. */
export interface LoginTarget {
  /** The API whose access token is asked for. Default: the one of the options. */
  audience?: string;
  /** Default: that of the options. Must hold `openid`. */
  scope?: string;
  /** Id (`org_...`) or name of the organization to log in to. Default: that of the options. */
  organization?: string;
  /** Which of the allowed domains, an origin. Default: the first. */
  domain?: string;
}

/** The same with the defaults of the options. @throws InvalidRequestError */
export function resolveTarget(
  target: LoginTarget,
  options: ResolvedOptions,
): { issuerOrigin: string; audience: string | undefined; scope: string; organization: string | undefined } {
  return {
    issuerOrigin: checkDomain(target.domain, options),
    audience: target.audience ?? options.audience,
    scope: checkLoginScope(target.scope ?? options.scope),
    organization: checkOrganization(target.organization ?? options.authorizationParams.organization),
  };
}

/** @throws InvalidRequestError */
export function checkDomain(
  domain: string | undefined,
  { issuerOrigins }: Pick<ResolvedOptions, 'issuerOrigins'>,
): string {
  if (domain !== undefined && !issuerOrigins.includes(domain)) {
    throw new InvalidRequestError('domain', 'must be an allowed domain');
  }
  return domain ?? issuerOrigins[0];
}

/** Without an ID token there would be nobody logged in. @throws InvalidRequestError */
export function checkLoginScope(scope: string): string {
  if (!parseScopes(scope).includes('openid')) throw new InvalidRequestError('scope', 'must contain "openid"');
  return scope;
}

/** @throws InvalidRequestError */
export function checkOrganization(organization: string | undefined): string | undefined {
  if (organization === '') throw new InvalidRequestError('organization', 'must be the id or name of an organization');
  return organization;
}
