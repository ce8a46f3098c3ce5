import { Controller, Get, Header, Inject, Query, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import type { ConnectedAccountConnection } from '../../accounts/connected-account.js';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { CurrentSession } from '../decorators/current-session.decorator.js';
import { SessionGuard } from '../guards/session.guard.js';
import { Auth0Instance } from '../request/instances.js';
import type { LoginSession } from '../../session/login-session.js';
import { single, wholeNumber, type Query as UntrustedQuery } from '../request/query.js';

/** `GET connections`: what can be connected. */
export function createConnectionsController(path: string, instance: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @Auth0Instance(instance)
  @UseGuards(SessionGuard)
  class ConnectionsController {
    constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

    @Get()
    @Header('Cache-Control', 'private, no-store')
    async list(
      @CurrentSession() session: LoginSession,
      @Query() query: UntrustedQuery,
    ): Promise<{ connections: ConnectedAccountConnection[]; next?: string }> {
      return this.accounts.listConnectedAccountConnections(session, {
        take: wholeNumber(query, 'take', 1, 20),
        from: single(query, 'from', 4096),
      });
    }
  }
  return ConnectionsController;
}
