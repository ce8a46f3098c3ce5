import type { ExecutionContext } from '@nestjs/common';
import { isPublic } from './public.decorator.js';
import { LoginRequiredError } from '../../errors/index.js';
import { instanceOf } from '../request/application.js';
import { requestOf } from '../request/http-request.js';
import type { RequestSubject } from '../request/request-sessions.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import { LoginSession } from '../../session/login-session.js';
import type { UserClaims } from '../../session/user-claims.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';

type Wanted = 'session' | 'user' | 'subject';
type Found = LoginSession | ApiCaller | UserClaims | null;

/** What `@CurrentSession`, `@CurrentUser` and `@CurrentSubject` hand to a handler. @throws LoginRequiredError */
export function currentSession(what: Wanted, context: ExecutionContext): MaybePromise<Found> {
  const found = instanceOf(context).subjects.find(requestOf(context));
  return andThen(found, (known) => (known ? choose(what, known, context) : nobody(context)));
}

function choose(what: Wanted, { subject }: RequestSubject, context: ExecutionContext): Found {
  if (what === 'user') return subject.user;
  if (what === 'subject' || subject instanceof LoginSession) return subject;
  return nobody(context, 'This address needs a login session, and the request came with an access token');
}

function nobody(context: ExecutionContext, reason?: string): null {
  if (isPublic(context)) return null;
  throw new LoginRequiredError(reason);
}
