import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import type { HttpRequest } from './http-request.js';

/** Which Auth0 domain serves a request. */
@Injectable()
export class RequestDomains {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /** @throws InvalidRequestError when the resolver gives a domain that is not allowed */
  async of(request: HttpRequest): Promise<string> {
    const { resolveDomain, domains } = this.options;
    if (!resolveDomain) return domains[0];
    const resolved = await resolveDomain(request);
    const origin = resolved.includes('://') ? resolved : `https://${resolved}`;
    const domain = domains.find((allowed) => allowed === origin.replace(/\/$/, ''));
    if (domain === undefined) throw new InvalidRequestError('domain', 'is not one that this application serves');
    return domain;
  }
}
