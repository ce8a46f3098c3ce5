import { Global, Module } from '@nestjs/common';
import { SessionGuard } from '../guards/session.guard.js';
import { SessionStrategy } from '../passport/session.strategy.js';
import { Auth0ConnectInstances } from './instances.js';

/** What all instances in an application share: the guards, the strategy, and the list of the instances themselves. */
@Global()
@Module({
  providers: [Auth0ConnectInstances, SessionStrategy, SessionGuard],
  exports: [Auth0ConnectInstances, SessionGuard],
})
export class Auth0ConnectEdgeModule {}
