import type { ExecutionContext } from '@nestjs/common';
import type { ConnectionToken } from '../../accounts/connected-account.js';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { toConnectionToken } from '../../accounts/connection-tokens.js';
import { LoginRequiredError } from '../../errors/index.js';
import { LoginSession } from '../../session/login-session.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { requestContextOf, type RequestContext } from '../request/request-context.js';
import type { RequestSubject } from '../request/request-subject.js';
import { returnToOf } from '../request/return-to.js';
import { handlerSubjectOf } from './subject-of.js';

/** What a `@ConnectedToken` asks for. */
export interface WantedToken {
  readonly connection: string;
  readonly loginHint: string | undefined;
  readonly scopes: readonly string[];
  readonly as: 'token' | 'details';
  /** Which token to read, a digest. */
  readonly tokenIds: readonly [string];
}

/**
 * What `@ConnectedToken` hands to a handler: the token that was read along with the session if it is fresh, else one
 * that Auth0 is asked for.
 * @throws LoginRequiredError and what `ConnectedAccountsService.getAccessTokenForConnection` throws
 */
export function connectedToken(wanted: WantedToken, context: ExecutionContext): MaybePromise<string | ConnectionToken> {
  const request = requestContextOf(context);
  return andThen(handlerSubjectOf(request, context, wanted.tokenIds), (known) => {
    if (!known) throw loginRequired(request);
    const { found } = known;
    const read = found.tokens.get(wanted.tokenIds[0]);
    const { connectionTokens } = request.instance;
    const isFresh = read !== undefined && connectionTokens.isFresh(read);
    if (isFresh && connectionTokens.hasScopes(wanted.connection, read, wanted.scopes)) {
      return wanted.as === 'details' ? toConnectionToken(wanted, read) : read.accessToken;
    }
    return orChallenge(obtain(request, found, wanted, { isFresh }), request, context);
  });
}

async function obtain(
  known: RequestContext,
  { subject, tokenIds }: RequestSubject,
  wanted: WantedToken,
  { isFresh }: { isFresh: boolean },
): Promise<string | ConnectionToken> {
  const { accounts, connectionTokens, addresses } = known.instance;
  const { site } = known;
  // A browser comes back to the page it asked for, and not to an address of an API.
  const returnTo = subject instanceof LoginSession ? returnToOf(known.request, site) : undefined;
  const { appBaseUrl } = site;
  try {
    const token = isReplaced(accounts)
      ? await accounts.getAccessTokenForConnection(subject, { ...wanted, returnTo, appBaseUrl })
      : await connectionTokens.get(
          subject,
          { ...wanted, forceRefresh: false },
          {
            returnTo,
            appBaseUrl,
            skipStoreLookup: !isFresh && tokenIds.includes(wanted.tokenIds[0]),
          },
        );
    return wanted.as === 'details' ? token : token.accessToken;
  } catch (error) {
    throw error instanceof LoginRequiredError ? error.withLoginUrl(addresses.login(appBaseUrl, returnTo)) : error;
  }
}

/** A test of the application may have another provider in place of the service. */
function isReplaced(accounts: ConnectedAccountsService): boolean {
  return !(accounts instanceof ConnectedAccountsService);
}

/** A caller's own access token may be what Auth0 does not take; or waiting puts it right. */
function orChallenge<T>(token: Promise<T>, { instance }: RequestContext, context: ExecutionContext): Promise<T> {
  return token.catch((error: unknown) => {
    instance.challenges.challenge(context, error);
    throw error;
  });
}

function loginRequired({ instance, request, site }: RequestContext): LoginRequiredError {
  return new LoginRequiredError().withLoginUrl(instance.addresses.login(site.appBaseUrl, returnToOf(request, site)));
}
