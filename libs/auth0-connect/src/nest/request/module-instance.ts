import { Inject, Injectable } from '@nestjs/common';
import { Hooks } from '../../events/hooks.js';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { ProviderFetches } from '../../accounts/provider-fetches.js';
import { ConnectionTokens } from '../../accounts/connection-tokens.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from '../../options/resolved-options.js';
import type { ResolvedRoutes } from '../../options/routes.js';
import { APP_ADDRESSES, type AppAddresses } from '../../ports/app-addresses.js';
import { CLOCK, type Clock } from '../../ports/clock.js';
import { SessionService } from '../../session/session.service.js';
import { Challenges } from './challenges.js';
import { Auth0ConnectInstances, type Auth0ConnectInstance } from './instances.js';
import { RequestCredentials } from './request-credentials.js';

/** One `Auth0ConnectModule`, made known to the application's guards and parameter decorators. */
@Injectable()
export class ModuleInstance implements Auth0ConnectInstance {
  constructor(
    @Inject(RESOLVED_OPTIONS) readonly options: ResolvedOptions,
    @Inject(RESOLVED_ROUTES) readonly routes: ResolvedRoutes,
    @Inject(RequestCredentials) readonly credentials: RequestCredentials,
    @Inject(SessionService) readonly sessions: SessionService,
    @Inject(ConnectedAccountsService) readonly accounts: ConnectedAccountsService,
    @Inject(ConnectionTokens) readonly connectionTokens: ConnectionTokens,
    @Inject(ProviderFetches) readonly fetches: ProviderFetches,
    @Inject(APP_ADDRESSES) readonly addresses: AppAddresses,
    @Inject(Challenges) readonly challenges: Challenges,
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(Hooks) readonly hooks: Hooks,
    @Inject(Auth0ConnectInstances) readonly application: Auth0ConnectInstances,
  ) {
    application.register(this);
  }
}
