import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Auth0ConnectInstances } from '../request/instances.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { SessionStrategy } from './session.strategy.js';

/** Finds the strategies that an application provides by extending ours. */
@Injectable()
export class OwnStrategies implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  onModuleInit(): void {
    this.instances.ownStrategies = { session: this.find(SessionStrategy), token: this.find(AccessTokenStrategy) };
  }

  private find(type: typeof SessionStrategy | typeof AccessTokenStrategy): object | undefined {
    return this.discovery
      .getProviders()
      .map(({ instance }) => instance as unknown)
      .find((provider): provider is object => provider instanceof type && provider.constructor !== type);
  }
}
