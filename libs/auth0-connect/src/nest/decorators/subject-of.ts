import type { ExecutionContext } from '@nestjs/common';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { AccessTokenRequiredError } from '../../errors/index.js';
import { namesCaller } from '../request/authorization-header.js';
import type { RequestContext } from '../request/request-context.js';
import type { Credentials, RequestSubject } from '../request/request-subject.js';
import { withSession } from '../request/with-session.js';
import { standInFor } from './stand-in.js';
import { declaredCredentialsOf, routeRulesOf } from './route-rules.js';

/** Whom a handler acts for, and what `request.user` is for it. */
export interface HandlerSubject {
  readonly found: RequestSubject;
  readonly user: unknown;
}

/**
 * Whom a handler acts for: whoever its guard has let in. Where no guard has decided, because the handler is `@Public()` or
 * has none, whoever the request's credentials name, if anybody. Where a guard of ours is declared and has not decided,
 * another stands in its place, as in a test.
 * @param tokenIds connection tokens that the handler asks for, to be read along with a session
 */
export function handlerSubjectOf(
  known: RequestContext,
  context: ExecutionContext,
  tokenIds: readonly string[] = [],
): MaybePromise<HandlerSubject | undefined> {
  const admitted = known.admitted(context);
  if (admitted) return admitted.found && { found: admitted.found, user: admitted.user };
  const declared = declaredCredentialsOf(context);
  const isReplaced = declared !== undefined && !isOpen(context);
  return andThen(identify(known, context, declared ?? known.optionalCredentials, tokenIds), (found) => {
    if (found) return { found, user: found.subject.user };
    return isReplaced ? standIn(known, declared) : undefined;
  });
}

/** Whether the handler is open to anybody: then a parameter is null, where it is an error on any other handler. */
export function isOpen(context: ExecutionContext): boolean {
  return routeRulesOf(context).isPublic;
}

function standIn(
  { request: { user }, instance }: RequestContext,
  credentials: Credentials,
): HandlerSubject | undefined {
  const subject = standInFor(user, credentials, instance.clock.now());
  return subject && { found: { subject, tokens: new Map(), tokenIds: [] }, user };
}

function identify(
  known: RequestContext,
  context: ExecutionContext,
  credentials: Credentials,
  tokenIds: readonly string[],
): MaybePromise<RequestSubject | undefined> {
  const byToken = credentials === 'token' || (credentials === 'either' && namesCaller(known.request));
  if (!byToken) return withSession(known, context, tokenIds, (found) => found);
  if (!namesCaller(known.request)) return undefined;
  return Promise.resolve(known.caller()).then(
    (subject) => ({ subject, tokens: new Map(), tokenIds: [] }),
    ignoreMissingToken,
  );
}

/** A scheme that is switched off names nobody. */
function ignoreMissingToken(error: unknown): undefined {
  if (!(error instanceof AccessTokenRequiredError)) throw error;
}
