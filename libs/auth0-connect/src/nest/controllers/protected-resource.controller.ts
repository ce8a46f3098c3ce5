import { Controller, Get, Inject, NotFoundException, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { resourceMetadata, type ResourceMetadata } from '../request/resource-metadata.js';

/** `GET .well-known/oauth-protected-resource`: where callers get access tokens for this API; 404 where there is none. */
export function createProtectedResourceController(path: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class ProtectedResourceController {
    constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

    @Get()
    metadata(): ResourceMetadata {
      const metadata = resourceMetadata(this.options);
      if (!metadata) throw new NotFoundException();
      return metadata;
    }
  }
  return ProtectedResourceController;
}
