import type { ExecutionContext } from '@nestjs/common';
import { LoginRequiredError } from '../../errors/index.js';
import { LoginSession } from '../../session/login-session.js';
import { andThen } from '../../shared/maybe-promise.js';
import { requestContextOf } from '../request/request-context.js';
import { handlerSubjectOf, isOpen, type HandlerSubject } from './subject-of.js';

type Wanted = 'session' | 'user' | 'subject';

/**
 * What `@CurrentSession`, `@CurrentUser` and `@CurrentSubject` hand to a handler. The user is what the strategy's `validate`
 * has made of the claims.
 * @throws LoginRequiredError
 */
export function currentSession(what: Wanted, context: ExecutionContext): unknown {
  const acting = handlerSubjectOf(requestContextOf(context), context);
  return andThen(acting, (known) => (known ? choose(what, known, context) : nobody(context)));
}

function choose(what: Wanted, { found: { subject }, user }: HandlerSubject, context: ExecutionContext): unknown {
  if (what === 'user') return user;
  if (what === 'subject' || subject instanceof LoginSession) return subject;
  return nobody(context, 'This address needs a login session, and the request came with an access token');
}

function nobody(context: ExecutionContext, reason?: string): null {
  if (isOpen(context)) return null;
  throw new LoginRequiredError(reason);
}
