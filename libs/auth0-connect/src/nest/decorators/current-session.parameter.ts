import type { ExecutionContext } from '@nestjs/common';
import { LoginRequiredError } from '../../errors/index.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import { LoginSession } from '../../session/login-session.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { requestContextOf } from '../request/request-context.js';
import { handlerSubjectOf, isOpen, type HandlerSubject } from './subject-of.js';

type Wanted = 'session' | 'user' | 'subject';
/** The user is what the strategy's `validate` has made of the claims. */
type Found = LoginSession | ApiCaller | NonNullable<unknown> | null;

/** What `@CurrentSession`, `@CurrentUser` and `@CurrentSubject` hand to a handler. @throws LoginRequiredError */
export function currentSession(what: Wanted, context: ExecutionContext): MaybePromise<Found> {
  const acting = handlerSubjectOf(requestContextOf(context), context);
  return andThen(acting, (known) => (known ? choose(what, known, context) : nobody(context)));
}

function choose(what: Wanted, { found: { subject }, user }: HandlerSubject, context: ExecutionContext): Found {
  if (what === 'user') return user as NonNullable<unknown>;
  if (what === 'subject' || subject instanceof LoginSession) return subject;
  return nobody(context, 'This address needs a login session, and the request came with an access token');
}

function nobody(context: ExecutionContext, reason?: string): null {
  if (isOpen(context)) return null;
  throw new LoginRequiredError(reason);
}
