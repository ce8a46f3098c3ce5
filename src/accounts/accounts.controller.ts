import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  AccountNotFoundError,
  Auth0UnavailableError,
  ConnectedAccountsService,
  CurrentSession,
  InvalidAuth0ResponseError,
  RateLimitedError,
  SessionGuard,
  SessionService,
  type ConnectedAccount,
  type HttpRequest,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { Page } from '../pages/page.decorator.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { sayNext, takeSaid, type Said } from '../pages/said.js';
import { fieldsOf, textOf } from '../providers/untrusted.js';
import { AccountBook, type KnownOfAccounts } from '../account-book/account-book.js';
import { AccountHealth, UNKNOWN, type Health } from './account-health.js';
import { AccountNames } from './account-names.js';
import { accountCards, accountsView, type AccountCard, type AccountsView } from './accounts-view.js';
import { sessionsView } from './sessions-view.js';

@Controller('accounts')
@UseGuards(SessionGuard)
export class AccountsController {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(AccountBook) private readonly book: AccountBook,
    @Inject(AccountHealth) private readonly health: AccountHealth,
    @Inject(AccountNames) private readonly names: AccountNames,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
  ) {}

  @Get()
  @Page()
  async list(
    @CurrentSession() session: LoginSession,
    @Query() query: unknown,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<string> {
    const said = takeSaid(this.host.httpAdapter, request, response);
    const sessions = sessionsView(await this.sessions.listSessions(session.userId), session);
    const view = await this.viewFor(session);
    if (view === undefined) this.host.httpAdapter.status(response, 503);
    return this.pages.render('accounts', { user: session.user, query, said, sessions, ...view, isOutOfReach: !view });
  }

  /** What disconnecting means, before it is done. */
  @Get(':id/disconnect')
  @Page()
  async confirm(
    @CurrentSession() session: LoginSession,
    @Param('id') id: string,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<string> {
    const card = await this.card(session, id);
    if (card !== undefined) return this.pages.render('disconnect', { user: session.user, card });
    // Somebody who goes back in the browser has disconnected it already.
    this.backSaying(request, response, { done: 'gone', connection: '' });
    return '';
  }

  @Post(':id/disconnect')
  async disconnect(
    @CurrentSession() session: LoginSession,
    @Param('id') id: string,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<void> {
    const card = await this.card(session, id);
    try {
      await this.accounts.deleteConnectedAccount(session, id);
    } catch (error) {
      // Somebody who presses the button twice has got what they wanted.
      if (!(error instanceof AccountNotFoundError)) throw error;
    }
    await this.book.forget(session.userId, id);
    const done = card?.isDefault === undefined ? 'disconnected' : 'disconnected_one';
    const account = card?.address;
    this.backSaying(request, response, {
      done,
      connection: card?.provider.connection ?? '',
      ...(account === undefined ? {} : { account }),
    });
  }

  /** Takes down the address of an account, once Token Vault knows an account by it. */
  @Post(':id/address')
  async setAddress(
    @CurrentSession() session: LoginSession,
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<void> {
    const account = await this.account(session, id);
    const address = textOf(fieldsOf(body).address)?.trim() ?? '';
    const isKnown = account && (await this.names.setAddress(session, account, address));
    const done = account ? (isKnown ? 'named' : 'not_named') : 'gone';
    this.backSaying(request, response, { done, connection: account?.connection ?? '' });
  }

  @Post(':id/default')
  async setDefault(
    @CurrentSession() session: LoginSession,
    @Param('id') id: string,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<void> {
    const account = await this.account(session, id);
    if (account) await this.book.setDefault(session.userId, account.connection, id);
    const done = account ? 'chosen' : 'gone';
    this.backSaying(request, response, { done, connection: account?.connection ?? '' });
  }

  /** To the list, with the line above it that says what was done. */
  private backSaying(request: HttpRequest, response: unknown, said: Said): void {
    const { httpAdapter } = this.host;
    sayNext(httpAdapter, request, response, said);
    httpAdapter.setHeader(response, 'Location', '/accounts');
    httpAdapter.status(response, 303);
  }

  /** Undefined while Auth0 cannot be reached. */
  private async viewFor(session: LoginSession): Promise<AccountsView | undefined> {
    try {
      const [accounts, connections, known] = await Promise.all([
        collect(this.accounts.iterateConnectedAccounts(session)),
        collect(this.accounts.iterateConnectedAccountConnections(session)),
        this.book.of(session.userId),
      ]);
      await this.forgetGone(session, accounts, known);
      const health = await this.healthOf(session, accounts, known.addresses);
      return accountsView(accountCards(accounts, known, health), connections);
    } catch (error) {
      const isPassing = [Auth0UnavailableError, RateLimitedError, InvalidAuth0ResponseError];
      if (isPassing.some((kind) => error instanceof kind)) return undefined;
      throw error;
    }
  }

  /** An account that was chosen, and disconnected elsewhere, would have every page ask to connect it. */
  private async forgetGone(session: LoginSession, accounts: readonly ConnectedAccount[], { uses }: KnownOfAccounts) {
    for (const { defaultAccountId } of uses.values())
      if (defaultAccountId !== null && accounts.every(({ id }) => id !== defaultAccountId))
        await this.book.forget(session.userId, defaultAccountId);
  }

  /** One question per account that can be told from the others. */
  private async healthOf(
    session: LoginSession,
    accounts: readonly ConnectedAccount[],
    addresses: ReadonlyMap<string, string>,
  ): Promise<Map<string, Health>> {
    const answers = accounts.map(async ({ id, connection }): Promise<[string, Health]> => {
      const isOnly = accounts.filter((other) => other.connection === connection).length === 1;
      const address = isOnly ? undefined : addresses.get(id);
      return [id, isOnly || address !== undefined ? await this.health.of(session, connection, address) : UNKNOWN];
    });
    return new Map(await Promise.all(answers));
  }

  private async account(session: LoginSession, id: string): Promise<ConnectedAccount | undefined> {
    return (await collect(this.accounts.iterateConnectedAccounts(session))).find((account) => account.id === id);
  }

  private async card(session: LoginSession, id: string): Promise<AccountCard | undefined> {
    const [accounts, known] = await Promise.all([
      collect(this.accounts.iterateConnectedAccounts(session)),
      this.book.of(session.userId),
    ]);
    return accountCards(accounts, known, new Map()).find((one) => one.id === id);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
