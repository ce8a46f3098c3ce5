import type { ExecutionContext } from '@nestjs/common';
import type { ConnectionToken } from '../../accounts/connected-account.js';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { toConnectionToken } from '../../accounts/connection-tokens.js';
import { LoginRequiredError } from '../../errors/index.js';
import { ApiCaller } from '../../resource-server/api-caller.js';
import { LoginSession } from '../../session/login-session.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { requestContextOf, type RequestContext } from '../request/request-context.js';
import type { RequestSubject } from '../request/request-subject.js';
import { returnToOf } from '../request/return-to.js';
import { handlerSubjectOf } from './subject-of.js';
import { tokenIdsOf, type WantedToken } from './wanted-tokens.js';

const STORED = { source: 'stored' } as const;

/** What a `@ConnectedToken` asks for. */
export interface WantedConnectionToken extends WantedToken {
  readonly as: 'token' | 'details';
}

/**
 * What `@ConnectedToken` hands to a handler: the token that was read along with the session if it is fresh, else one
 * that Auth0 is asked for.
 * @throws LoginRequiredError and what `ConnectedAccountsService.getAccessTokenForConnection` throws
 */
export function connectedToken(
  wanted: WantedConnectionToken,
  context: ExecutionContext,
): MaybePromise<string | ConnectionToken> {
  const request = requestContextOf(context);
  return andThen(subjectWithTokens(request, context, wanted.tokenIds), (found) => {
    if (!found) throw loginRequired(request);
    const read = found.tokens.get(wanted.tokenIds[0]);
    const { connectionTokens } = request.instance;
    const isFresh = read !== undefined && connectionTokens.isFresh(read);
    if (isFresh && connectionTokens.hasScopes(wanted.connection, read, wanted.scopes)) {
      connectionTokens.tell(found.subject, wanted, STORED);
      return wanted.as === 'details' ? toConnectionToken(wanted, read) : read.accessToken;
    }
    return orChallenge(obtain(request, found, wanted, { isFresh }), request, context);
  });
}

/** The tokens of a session were read along with it; a caller's are read when the first parameter asks. */
function subjectWithTokens(
  request: RequestContext,
  context: ExecutionContext,
  tokenIds: readonly [string],
): MaybePromise<RequestSubject | undefined> {
  return andThen(handlerSubjectOf(request, context, tokenIds), (known) => {
    const subject = known?.found.subject;
    if (!(subject instanceof ApiCaller) || isReplaced(request.instance.accounts)) return known?.found;
    const ofHandler = tokenIdsOf(context); // not of one that is inherited
    return request.withTokens(subject, ofHandler.includes(tokenIds[0]) ? ofHandler : tokenIds);
  });
}

async function obtain(
  known: RequestContext,
  { subject, tokenIds }: RequestSubject,
  wanted: WantedConnectionToken,
  { isFresh }: { isFresh: boolean },
): Promise<string | ConnectionToken> {
  const skipStoreLookup = !isFresh && tokenIds.includes(wanted.tokenIds[0]);
  const token = await obtainToken(known, subject, wanted, { forceRefresh: false, skipStoreLookup });
  return wanted.as === 'details' ? token : token.accessToken;
}

/** Asks the service, or whom a test has in its place. */
export async function obtainToken(
  known: RequestContext,
  subject: LoginSession | ApiCaller,
  wanted: WantedToken,
  { forceRefresh, skipStoreLookup = false }: { forceRefresh: boolean; skipStoreLookup?: boolean },
): Promise<ConnectionToken> {
  const { accounts, connectionTokens, addresses } = known.instance;
  const { site } = known;
  // A browser comes back to the page it asked for, and not to an address of an API.
  const returnTo = subject instanceof LoginSession ? returnToOf(known.request, site) : undefined;
  const { appBaseUrl } = site;
  try {
    return isReplaced(accounts)
      ? await accounts.getAccessTokenForConnection(subject, { ...wanted, forceRefresh, returnTo, appBaseUrl })
      : await connectionTokens.get(subject, { ...wanted, forceRefresh }, { returnTo, appBaseUrl, skipStoreLookup });
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
