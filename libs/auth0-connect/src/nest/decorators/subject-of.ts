import type { ExecutionContext } from '@nestjs/common';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { AccessTokenRequiredError } from '../../errors/index.js';
import { namesCaller } from '../request/authorization-header.js';
import { requestContextOf, type RequestContext } from '../request/request-context.js';
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
 * another stands in its place, as in a test; and a global one is known to be replaced.
 * @param tokenIds connection tokens that the handler asks for, to be read along with a session
 */
export function handlerSubjectOf(
  known: RequestContext,
  context: ExecutionContext,
  tokenIds: readonly string[] = [],
): MaybePromise<HandlerSubject | undefined> {
  const admitted = known.admitted(context);
  if (admitted) return admitted.found && { found: admitted.found, user: admitted.user };
  const { replacedGlobalGuard } = known.instance.application;
  const declared = declaredCredentialsOf(context) ?? replacedGlobalGuard;
  const isReplaced = declared !== undefined && (replacedGlobalGuard !== undefined || !isOpen(context));
  return andThen(identify(known, context, declared ?? known.optionalCredentials, tokenIds), (found) => {
    if (found) return { found, user: found.subject.user };
    return isReplaced ? standIn(known, declared) : undefined;
  });
}

/**
 * Whom a handler acts for, as `@CurrentSubject()` gives it: whoever our guard has let this handler in for, and undefined for a
 * stranger on an open handler. For interceptors, filters and guards of the application's own that run after ours, over HTTP,
 * GraphQL and contexts that give their request by `getRawRequest()`.
 * @throws TypeError for a context without a request; InvalidAccessTokenError and the like for a bad token on an open handler
 * @see https://docs.nestjs.com/fundamentals/execution-context
 *
 * @example
 * async canActivate(context: ExecutionContext): Promise<boolean> {
 *   const subject = await subjectOf(context);
 *   return subject instanceof ApiCaller && subject.permissions.includes('read:reports');
 * }
 */
export async function subjectOf(context: ExecutionContext): Promise<LoginSession | ApiCaller | undefined> {
  return (await handlerSubjectOf(requestContextOf(context), context))?.found.subject;
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
