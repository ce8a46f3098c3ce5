import { Controller, Get, Inject, NotFoundException, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { DPOP_ALGORITHMS } from '../../resource-server/dpop-proof.verifier.js';
import { issuerOf } from '../../issuer/issuer.js';

/** RFC 9728 section 2. */
interface ProtectedResourceMetadata {
  resource: string;
  authorization_servers: string[];
  bearer_methods_supported: string[];
  dpop_signing_alg_values_supported?: string[];
  dpop_bound_access_tokens_required?: boolean;
}

/** `GET .well-known/oauth-protected-resource`: where callers get access tokens for this API; 404 where there is none. */
export function createProtectedResourceController(path: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class ProtectedResourceController {
    constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

    @Get()
    metadata(): ProtectedResourceMetadata {
      const { apiAudience, apiDpop, issuerOrigins: domains } = this.options;
      if (apiAudience === undefined) throw new NotFoundException();
      return {
        resource: apiAudience,
        authorization_servers: domains.map(issuerOf),
        bearer_methods_supported: ['header'],
        ...(apiDpop !== 'disabled' && {
          dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
          dpop_bound_access_tokens_required: apiDpop === 'required',
        }),
      };
    }
  }
  return ProtectedResourceController;
}
