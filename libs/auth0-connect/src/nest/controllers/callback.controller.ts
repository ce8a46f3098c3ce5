import { Controller, Get, Header, Inject, Redirect, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { Public } from '../decorators/public.decorator.js';
import { Auth0ConnectError, InvalidStateError, LoginRequiredError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { LoginService } from '../../login/login.service.js';
import { parseCallback } from '../../transactions/callback.js';
import { Transactions } from '../../transactions/transactions.js';
import { ConnectCookies } from '../request/cookies.service.js';
import { wantsPage, type HttpRequest } from '../request/http-request.js';
import { RequestSessions } from '../request/request-sessions.js';

/** `GET callback`: completes a login or a connect, by the kind of the transaction; 302 to where the person wanted to go. */
export function createCallbackController(path: string, kinds: readonly ('login' | 'connect')[]): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class CallbackController {
    constructor(
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
      @Inject(Transactions) private readonly transactions: Transactions,
      @Inject(RequestSessions) private readonly requests: RequestSessions,
      @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get()
    @Redirect()
    @Header('Cache-Control', 'private, no-store')
    async callback(
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: unknown,
    ): Promise<{ url: string; statusCode: number }> {
      try {
        return { url: await this.complete(request, response), statusCode: 302 };
      } catch (error) {
        return { url: pageForFailure(error, request), statusCode: 302 };
      }
    }

    private async complete(request: HttpRequest, response: unknown): Promise<string> {
      const { state } = parseCallback(request.originalUrl, this.options.appBaseUrl);
      const kind = await this.transactions.kindOf(state);
      if (kind === undefined || !kinds.includes(kind)) throw new InvalidStateError();
      return kind === 'login' ? this.completeLogin(request, response) : this.completeConnect(request);
    }

    private async completeLogin(request: HttpRequest, response: unknown): Promise<string> {
      const { session, sessionToken, returnTo } = await this.logins.completeInteractiveLogin(request.originalUrl, {
        browserId: this.cookies.readBrowserId(request),
        previousSessionToken: this.cookies.readSessionToken(request),
      });
      this.cookies.writeSessionToken(response, sessionToken, session);
      return returnTo;
    }

    private async completeConnect(request: HttpRequest): Promise<string> {
      const found = await this.requests.find(request);
      if (!found)
        throw new LoginRequiredError('The session in which this was started has ended. Log in and start again');
      const { returnTo } = await this.accounts.completeConnectAccount(found.subject, request.originalUrl);
      return returnTo;
    }
  }
  return CallbackController;
}

/**
 * A person whose login or connect failed goes back to the page they came from, with the stable code of the error; a
 * program gets the error itself. So does anybody whose `state` leads to no transaction: no page is known then.
 */
function pageForFailure(error: unknown, request: HttpRequest): string {
  const returnTo = (error as { returnTo?: string } | undefined)?.returnTo;
  if (!(error instanceof Auth0ConnectError) || returnTo === undefined || !wantsPage(request)) throw error;
  const page = new URL(returnTo, 'http://localhost');
  page.searchParams.set('error', error.code);
  if (typeof error.details.connection === 'string') page.searchParams.set('connection', error.details.connection);
  return `${page.pathname}${page.search}${page.hash}`;
}
