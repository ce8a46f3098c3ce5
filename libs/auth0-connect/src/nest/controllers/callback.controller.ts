import { Controller, Get, Inject, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { InvalidStateError, LoginRequiredError } from '../../errors/index.js';
import { LoginService } from '../../login/login.service.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { parseCallback } from '../../transactions/callback.js';
import type { Transaction } from '../../transactions/transaction.js';
import { Transactions } from '../../transactions/transactions.js';
import { Public } from '../decorators/public.decorator.js';
import { Answers } from '../request/answers.service.js';
import { ConnectCookies } from '../request/cookies.service.js';
import type { HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { siteOf } from '../request/request-site.js';
import { isNavigation, requireNavigation } from '../request/navigation.js';
import { contextOfRequest } from '../request/request-context.js';
import { FailedCallbacks } from './failed-callbacks.js';

/** `GET callback`: completes a login or a connect, by the kind of the transaction; 302 to where the person wanted to go. */
export function createCallbackController(path: string, instance: string, kinds: readonly Transaction['kind'][]): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class CallbackController {
    constructor(
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
      @Inject(Transactions) private readonly transactions: Transactions,
      @Inject(FailedCallbacks) private readonly failures: FailedCallbacks,
      @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
      @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
      @Inject(Answers) private readonly answers: Answers,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get()
    async callback(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
      requireNavigation(request);
      this.answers.redirect(response, await this.destinationOf(request, response));
    }

    /** Where the person goes on from here: whatever has failed, to a page. A program gets the error. */
    private async destinationOf(request: HttpRequest, response: unknown): Promise<string> {
      try {
        return await this.complete(request, response);
      } catch (error) {
        if (!isNavigation(request)) throw error;
        return this.failures.pageFor(error, {
          isLoggedIn: await this.isLoggedIn(request),
          site: siteOf(request, this.options),
        });
      }
    }

    private async complete(request: HttpRequest, response: unknown): Promise<string> {
      const { state } = parseCallback(request.originalUrl, this.options.appBaseUrls[0]);
      const kind = await this.transactions.kindOf(state);
      if (kind === undefined || !kinds.includes(kind)) throw new InvalidStateError();
      return kind === 'login' ? this.completeLogin(request, response) : this.completeConnect(request, state);
    }

    private async completeLogin(request: HttpRequest, response: unknown): Promise<string> {
      const { session, sessionToken, returnTo } = await this.logins.completeInteractiveLogin(request.originalUrl, {
        browserId: this.cookies.readBrowserIds(request),
        previousSessionToken: this.cookies.readSessionToken(request),
      });
      this.cookies.writeSessionToken(response, sessionToken, session);
      return returnTo;
    }

    private async completeConnect(request: HttpRequest, state: string): Promise<string> {
      const found = await contextOfRequest(request, this.instances.named(instance)).session();
      if (!found) {
        const reason = 'The session in which this was started has ended. Log in and start again';
        throw await this.transactions.refusal(state, new LoginRequiredError(reason));
      }
      const { returnTo } = await this.accounts.completeConnectAccount(found.subject, request.originalUrl);
      return returnTo;
    }

    private async isLoggedIn(request: HttpRequest): Promise<boolean> {
      try {
        return (await contextOfRequest(request, this.instances.named(instance)).session()) !== undefined;
      } catch {
        return false;
      }
    }
  }
  return CallbackController;
}
