import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../errors/index.js';
import type { DomainChoice } from '../../options/domain-options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import type { HttpRequest } from './http-request.js';

/** Which Auth0 domain serves a request. */
@Injectable()
export class RequestDomains {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /** @throws InvalidRequestError when the resolver gives a domain that is not allowed */
  of(request: HttpRequest): MaybePromise<string> {
    return this.options.resolveDomain
      ? this.resolve(request, this.options.resolveDomain)
      : this.options.issuerOrigins[0];
  }

  private async resolve(request: HttpRequest, resolveDomain: DomainChoice['resolve']): Promise<string> {
    const origin = originOf(await resolveDomain(request));
    const domain = this.options.issuerOrigins.find((allowed) => allowed === origin);
    if (domain === undefined) throw new InvalidRequestError('domain', 'is not one that this application serves');
    return domain;
  }
}

/** What a resolver has found: perhaps a host that somebody made up, perhaps nothing. */
function originOf(resolved: unknown): string | undefined {
  if (typeof resolved !== 'string' || resolved === '') return undefined;
  const url = resolved.includes('://') ? resolved : `https://${resolved}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
