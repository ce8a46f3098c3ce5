import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { guardProviders, OUR_GUARDS } from './guards/guard-providers.js';
import { GuardedRoutes } from './guards/guarded-routes.js';
import { ReplacedGuards } from './guards/replaced-guards.js';
import { RegisteredHooks } from './hooks/registered-hooks.js';
import { AccessTokenStrategy } from './passport/access-token.strategy.js';
import { SessionStrategy } from './passport/session.strategy.js';
import { ApplicationStrategies } from './passport/application-strategies.js';
import { ApplicationRegistrar } from './request/application.js';
import { Auth0ConnectInstances } from './request/instances.js';

/** What all instances in an application share: the guards, the strategies, and the list of the instances themselves. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    Auth0ConnectInstances,
    ApplicationRegistrar,
    ApplicationStrategies,
    SessionStrategy,
    AccessTokenStrategy,
    ...guardProviders,
    GuardedRoutes,
    ReplacedGuards,
    RegisteredHooks,
  ],
  exports: [Auth0ConnectInstances, ...OUR_GUARDS.keys()],
})
export class Auth0ConnectEdgeModule {}
