import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { ConnectionToken } from '../accounts/connected-account.js';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf, returnToOf } from '../http/http-request.js';
import { RequestSessions } from '../http/request-sessions.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';

/** Carries a `@ConnectedToken`'s wish to its pipe, where there is dependency injection. */
export class ConnectedTokenRequest {
  constructor(
    readonly wanted: {
      readonly connection: string;
      readonly loginHint: string | undefined;
      readonly scopes: readonly string[];
      readonly as: 'token' | 'details';
      readonly slot: string;
    },
    readonly context: ExecutionContext,
  ) {}
}

@Injectable()
export class ConnectedTokenPipe implements PipeTransform<ConnectedTokenRequest, Promise<string | ConnectionToken>> {
  constructor(
    @Inject(RequestSessions) private readonly requests: RequestSessions,
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  async transform({ wanted, context }: ConnectedTokenRequest): Promise<string | ConnectionToken> {
    const request = requestOf(context);
    const found = await this.requests.find(request, [wanted.slot]);
    if (!found) throw new LoginRequiredError();
    const seen = found.tokens.get(wanted.slot);
    const token = await this.accounts.tokenForConnection(found.session, wanted, {
      seen,
      returnTo: returnToOf(request, this.options.appBaseUrl),
    });
    return wanted.as === 'details' ? token : token.accessToken;
  }
}
