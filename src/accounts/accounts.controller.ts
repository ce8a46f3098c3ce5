import { Controller, Get, Inject, Param, Post, Query, Redirect, UseGuards } from '@nestjs/common';
import {
  AccountNotFoundError,
  ConnectedAccountsService,
  CurrentSession,
  SessionGuard,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { Page } from '../pages/page.decorator.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { accountsView } from './accounts-view.js';

@Controller('accounts')
@UseGuards(SessionGuard)
export class AccountsController {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
  ) {}

  @Get()
  @Page()
  async list(@CurrentSession() session: LoginSession, @Query() query: unknown): Promise<string> {
    const [accounts, connections] = await Promise.all([
      collect(this.accounts.iterateConnectedAccounts(session)),
      collect(this.accounts.iterateConnectedAccountConnections(session)),
    ]);
    return this.pages.render('accounts', { user: session.user, query, ...accountsView(accounts, connections) });
  }

  @Post(':id/disconnect')
  @Redirect('/accounts?done=disconnected', 303)
  async disconnect(@CurrentSession() session: LoginSession, @Param('id') id: string): Promise<void> {
    try {
      await this.accounts.deleteConnectedAccount(session, id);
    } catch (error) {
      // Somebody who presses the button twice has got what they wanted.
      if (!(error instanceof AccountNotFoundError)) throw error;
    }
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
