import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { ConnectionToken } from '../accounts/connected-account.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf, returnToOf } from '../http/http-request.js';
import { Auth0ConnectInstances } from '../http/instances.js';

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
  constructor(@Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances) {}

  async transform({ wanted, context }: ConnectedTokenRequest): Promise<string | ConnectionToken> {
    const request = requestOf(context);
    const { requests, accounts, options } = this.instances.of(context);
    const found = await requests.find(request, [wanted.slot]);
    if (!found) throw new LoginRequiredError();
    const seen = found.tokens.get(wanted.slot);
    const token = await accounts.tokenForConnection(found.session, wanted, {
      seen,
      returnTo: returnToOf(request, options.appBaseUrl),
    });
    return wanted.as === 'details' ? token : token.accessToken;
  }
}
