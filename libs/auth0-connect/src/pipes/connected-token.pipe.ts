import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { ConnectionToken } from '../accounts/connected-account.js';
import { handOver, hasScopes } from '../accounts/connection-tokens.js';
import { LoginRequiredError } from '../errors/index.js';
import { Challenges } from '../http/challenges.js';
import { requestOf, returnToOf, type HttpRequest } from '../http/http-request.js';
import { Auth0ConnectInstances, type Auth0ConnectInstance } from '../http/instances.js';
import type { RequestSubject } from '../http/request-sessions.js';
import { LoginSession } from '../session/login-session.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';

/** Carries a `@ConnectedToken`'s wish to its pipe, where there is dependency injection. */
export class ConnectedTokenRequest {
  constructor(
    readonly wanted: {
      readonly connection: string;
      readonly loginHint: string | undefined;
      readonly scopes: readonly string[];
      readonly as: 'token' | 'details';
      /** Which token to read, a digest. */
      readonly slots: readonly [string];
    },
    readonly context: ExecutionContext,
  ) {}
}

@Injectable()
export class ConnectedTokenPipe implements PipeTransform<
  ConnectedTokenRequest,
  MaybePromise<string | ConnectionToken>
> {
  constructor(
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
    @Inject(Challenges) private readonly challenges: Challenges,
  ) {}

  transform({ wanted, context }: ConnectedTokenRequest): MaybePromise<string | ConnectionToken> {
    const request = requestOf(context);
    const instance = this.instances.of(context);
    return andThen(instance.subjects.find(request, wanted.slots), (found) => {
      if (!found) throw loginRequired(instance, request);
      const [slot] = wanted.slots;
      const read = found.tokens.get(slot);
      const isFresh = read !== undefined && instance.accounts.isFresh(read);
      if (isFresh && hasScopes(read, wanted.scopes)) {
        return wanted.as === 'details' ? handOver(wanted, read) : read.accessToken;
      }
      const noneIsFresh = !isFresh && found.slots.includes(slot);
      const token = obtain(instance, request, found.subject, wanted, noneIsFresh);
      return found.subject instanceof LoginSession ? token : this.orChallenge(token, context);
    });
  }

  /** A caller's own access token may be what Auth0 does not take. */
  private orChallenge<T>(token: Promise<T>, context: ExecutionContext): Promise<T> {
    return token.catch((error: unknown) => {
      this.challenges.challenge(context, error);
      throw error;
    });
  }
}

async function obtain(
  instance: Auth0ConnectInstance,
  request: HttpRequest,
  subject: RequestSubject['subject'],
  wanted: ConnectedTokenRequest['wanted'],
  noneIsFresh: boolean,
): Promise<string | ConnectionToken> {
  const { accounts, addresses, options } = instance;
  // A browser comes back to the page it asked for, and not to an address of an API.
  const returnTo = subject instanceof LoginSession ? returnToOf(request, options.appBaseUrl) : undefined;
  try {
    const token = await accounts.tokenForConnection(subject, wanted, { returnTo, noneIsFresh });
    return wanted.as === 'details' ? token : token.accessToken;
  } catch (error) {
    throw error instanceof LoginRequiredError ? error.withLoginUrl(addresses.login(returnTo)) : error;
  }
}

function loginRequired({ addresses, options }: Auth0ConnectInstance, request: HttpRequest): LoginRequiredError {
  return new LoginRequiredError().withLoginUrl(addresses.login(returnToOf(request, options.appBaseUrl)));
}
