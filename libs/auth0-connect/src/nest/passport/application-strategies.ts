import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Auth0ConnectInstances, type ApplicationStrategy } from '../request/instances.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { SessionStrategy } from './session.strategy.js';

/** Finds the strategies of an application: ours, or what it provides by extending ours. */
@Injectable()
export class ApplicationStrategies implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  onModuleInit(): void {
    this.instances.strategies = { session: this.find(SessionStrategy), token: this.find(AccessTokenStrategy) };
  }

  private find(type: typeof SessionStrategy | typeof AccessTokenStrategy): ApplicationStrategy | undefined {
    const all = this.discovery
      .getProviders()
      .map(({ instance }) => instance as unknown)
      .filter((provider): provider is object => provider instanceof type);
    const own = all.find((strategy) => strategy.constructor !== type);
    const strategy = own ?? all[0];
    return strategy && { strategy, isOwn: own !== undefined };
  }
}
