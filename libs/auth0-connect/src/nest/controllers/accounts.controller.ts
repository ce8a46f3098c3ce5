import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Query,
  Req,
  UseGuards,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { CurrentSession } from '../decorators/current-session.decorator.js';
import { SessionGuard } from '../guards/session.guard.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { Auth0Instance } from '../request/instances.js';
import type { LoginSession } from '../../session/login-session.js';
import { refuseCrossSite } from '../request/navigation.js';
import type { HttpRequest } from '../request/http-request.js';
import { siteOf } from '../request/request-site.js';
import { repeated, single, wholeNumber, type Query as UntrustedQuery } from '../request/query.js';

/** `GET accounts`: what is connected. `DELETE accounts/:id`: disconnects one, 204. */
export function createAccountsController(path: string, instance: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @Auth0Instance(instance)
  @UseGuards(SessionGuard)
  class AccountsController {
    constructor(
      @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get()
    @Header('Cache-Control', 'private, no-store')
    async list(
      @CurrentSession() session: LoginSession,
      @Query() query: UntrustedQuery,
    ): Promise<{ accounts: ConnectedAccount[]; next?: string }> {
      const connections = repeated(query, 'connection');
      return this.accounts.listConnectedAccounts(session, {
        connection: connections.length > 0 ? connections : undefined,
        take: wholeNumber(query, 'take', 1, 20),
        from: single(query, 'from', 4096),
      });
    }

    @Delete(':id')
    @HttpCode(204)
    @Header('Cache-Control', 'private, no-store')
    async disconnect(
      @Req() request: HttpRequest,
      @CurrentSession() session: LoginSession,
      @Param('id') id: string,
    ): Promise<void> {
      refuseCrossSite(request, siteOf(request, this.options));
      await this.accounts.deleteConnectedAccount(session, id);
    }
  }
  return AccountsController;
}
