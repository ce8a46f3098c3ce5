import type { ExecutionContext } from '@nestjs/common';
import type { ConnectionToken } from '../../accounts/connected-account.js';
import { toConnectionToken, hasScopes } from '../../accounts/connection-tokens.js';
import { LoginRequiredError } from '../../errors/index.js';
import { instanceOf } from '../request/application.js';
import { requestOf, returnToOf, type HttpRequest } from '../request/http-request.js';
import type { Auth0ConnectInstance } from '../request/instances.js';
import type { RequestSubject } from '../request/request-sessions.js';
import { LoginSession } from '../../session/login-session.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';

/** What a `@ConnectedToken` asks for. */
export interface WantedToken {
  readonly connection: string;
  readonly loginHint: string | undefined;
  readonly scopes: readonly string[];
  readonly as: 'token' | 'details';
  /** Which token to read, a digest. */
  readonly slots: readonly [string];
}

/**
 * What `@ConnectedToken` hands to a handler: the token that was read along with the session if it is fresh, else one
 * that Auth0 is asked for.
 * @throws LoginRequiredError and what `ConnectedAccountsService.getAccessTokenForConnection` throws
 */
export function connectedToken(wanted: WantedToken, context: ExecutionContext): MaybePromise<string | ConnectionToken> {
  const request = requestOf(context);
  const instance = instanceOf(context);
  return andThen(instance.subjects.find(request, wanted.slots), (found) => {
    if (!found) throw loginRequired(instance, request);
    const [slot] = wanted.slots;
    const read = found.tokens.get(slot);
    const isFresh = read !== undefined && instance.accounts.isFresh(read);
    if (isFresh && hasScopes(read, wanted.scopes)) {
      return wanted.as === 'details' ? toConnectionToken(wanted, read) : read.accessToken;
    }
    const skipStoreLookup = !isFresh && found.slots.includes(slot);
    const token = obtain(instance, request, found.subject, wanted, skipStoreLookup);
    return found.subject instanceof LoginSession ? token : orChallenge(token, instance, context);
  });
}

async function obtain(
  instance: Auth0ConnectInstance,
  request: HttpRequest,
  subject: RequestSubject['subject'],
  wanted: WantedToken,
  skipStoreLookup: boolean,
): Promise<string | ConnectionToken> {
  const { accounts, addresses, options } = instance;
  // A browser comes back to the page it asked for, and not to an address of an API.
  const returnTo = subject instanceof LoginSession ? returnToOf(request, options.appBaseUrl) : undefined;
  try {
    const token = await accounts.tokenForConnection(subject, wanted, { returnTo, skipStoreLookup });
    return wanted.as === 'details' ? token : token.accessToken;
  } catch (error) {
    throw error instanceof LoginRequiredError ? error.withLoginUrl(addresses.login(returnTo)) : error;
  }
}

/** A caller's own access token may be what Auth0 does not take. */
function orChallenge<T>(token: Promise<T>, instance: Auth0ConnectInstance, context: ExecutionContext): Promise<T> {
  return token.catch((error: unknown) => {
    instance.challenges.challenge(context, error);
    throw error;
  });
}

function loginRequired({ addresses, options }: Auth0ConnectInstance, request: HttpRequest): LoginRequiredError {
  return new LoginRequiredError().withLoginUrl(addresses.login(returnToOf(request, options.appBaseUrl)));
}
