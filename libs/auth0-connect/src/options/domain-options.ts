import type { OptionsCheck } from './options-check.js';
import { isLoopback, namesUser, parseWebAddress } from './web-address.js';

/**
 * Several custom domains of one tenant.
 * @see https://auth0.com/docs/customize/custom-domains
 */
export interface DomainChoice {
  /** Nothing else is ever used. The first one is taken where there is no request. */
  allowed: readonly string[];
  /** Which of them serves this request. Whatever else it gives is refused. */
  resolve: (request: {
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  }) => string | Promise<string>;
}

/** The tenant's domains, checked. */
export interface ResolvedDomains {
  /** The domains as origins, `https://example.eu.auth0.com`; the first one is the default. */
  readonly issuerOrigins: readonly [string, ...string[]];
  readonly resolveDomain: DomainChoice['resolve'] | undefined;
  readonly insecureHttp: boolean;
}

/** Where Auth0 is. */
export function resolveDomains(
  given: { domain?: unknown; allowInsecureHttp?: unknown },
  check: OptionsCheck,
): ResolvedDomains {
  const insecureHttp = check.boolean('allowInsecureHttp', given.allowInsecureHttp, false);
  const originOf = (name: string, value: unknown): string => readOrigin(name, value, insecureHttp, check);
  if (typeof given.domain !== 'object' || given.domain === null) {
    return { issuerOrigins: [originOf('domain', given.domain)], resolveDomain: undefined, insecureHttp };
  }
  const { allowed, resolve } = given.domain as Partial<DomainChoice>;
  if (typeof resolve !== 'function') check.add('domain.resolve must be a function of the request');
  const [first = '', ...others] = check
    .list('domain.allowed', allowed)
    .map((value, index) => originOf(`domain.allowed[${index}]`, value));
  return { issuerOrigins: [first, ...others], resolveDomain: resolve, insecureHttp };
}

function readOrigin(name: string, value: unknown, insecureHttp: boolean, check: OptionsCheck): string {
  if (typeof value !== 'string' || value.trim() === '') {
    check.add(`${name} is required, such as "example.eu.auth0.com"`);
    return '';
  }
  const url = parseWebAddress(value.includes('://') ? value : `https://${value}`);
  if (!url || url.pathname !== '/' || url.search || url.hash || namesUser(url)) {
    check.add(`${name} must be a host name, such as "example.eu.auth0.com"`);
    return '';
  }
  if (url.protocol === 'http:' && !(insecureHttp && isLoopback(url.hostname))) {
    check.add(
      `${name} uses http: only a loopback address may, such as "http://localhost:4477", with allowInsecureHttp: true`,
    );
  }
  return url.origin;
}
