import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  LoginSession,
  SessionGuard,
} from 'nestjs-auth0-connect';
import { Upstream } from './upstream.js';

@Controller()
@UseGuards(SessionGuard)
export class RepositoriesController {
  // What Nest injects is named by types alone: whatever builds this has to write them down.
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: ConnectedAccountsService,
  ) {}

  @Get('accounts')
  async connected(@CurrentSession() session: LoginSession): Promise<object> {
    return { user: session.userId, ...(await this.accounts.listConnectedAccounts(session)) };
  }

  @Get('events')
  events(
    @ConnectedToken('google-oauth2', { scopes: ['https://www.googleapis.com/auth/calendar.readonly'] }) token: string,
  ): Promise<object> {
    return this.upstream.events(token);
  }
}
