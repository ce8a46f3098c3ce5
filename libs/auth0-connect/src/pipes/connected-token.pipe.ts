import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { ConnectionToken } from '../accounts/connected-account.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf, returnToOf } from '../http/http-request.js';
import { Auth0ConnectInstances } from '../http/instances.js';
import { LoginSession } from '../session/login-session.js';

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
    const { subjects, accounts, addresses, options } = this.instances.of(context);
    const found = await subjects.find(request, [wanted.slot]);
    if (!found) throw new LoginRequiredError().withLoginUrl(addresses.login(returnToOf(request, options.appBaseUrl)));
    const { subject, tokens } = found;
    // A browser comes back to the page it asked for, and not to an address of an API.
    const returnTo = () => (subject instanceof LoginSession ? returnToOf(request, options.appBaseUrl) : undefined);
    const token =
      accounts.freshToken(wanted, tokens.get(wanted.slot)) ??
      (await accounts.tokenForConnection(subject, wanted, { returnTo: returnTo() }).catch((error: unknown) => {
        throw error instanceof LoginRequiredError ? error.withLoginUrl(addresses.login(returnTo())) : error;
      }));
    return wanted.as === 'details' ? token : token.accessToken;
  }
}
