import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService } from '@nestjs/core';
import { credentialsOf } from '../decorators/route-rules.js';
import { Auth0ConnectInstances } from '../request/instances.js';

/** Finds whether a global guard of ours has another in its place, as `overrideProvider` of a test puts it there. */
@Injectable()
export class ReplacedGuards implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  onModuleInit(): void {
    const standing: unknown[] = this.application.getGlobalGuards();
    for (const { token, instance } of this.discovery.getProviders()) {
      const credentials = typeof token === 'function' ? credentialsOf(token as Type) : undefined;
      if (credentials === undefined || instance instanceof (token as Type) || !standing.includes(instance)) continue;
      this.instances.replacedGlobalGuard = credentials;
    }
  }
}
