import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from '../../options/resolved-options.js';
import type { ResolvedRoutes } from '../../options/routes.js';
import { insertedMetadataUrl, resourceMetadata } from '../request/resource-metadata.js';

/**
 * Answers with the metadata where RFC 9728 section 3.1 has clients look for it first. No controller: its path is known when the
 * options are, and a global prefix does not apply to what clients derive from the API's address.
 */
@Injectable()
export class InsertedResourceMetadata implements OnModuleInit {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(RESOLVED_ROUTES) private readonly routes: ResolvedRoutes,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined; // none in a worker
    const url = insertedMetadataUrl(this.options);
    if (!adapter || !url || this.routes.protectedResource === undefined) return;
    const metadata = resourceMetadata(this.options);
    adapter.get(url.pathname, (_request: unknown, response: unknown) => adapter.reply(response, metadata, 200));
  }
}
