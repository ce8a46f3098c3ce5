import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { isPublic } from '../decorators/public.decorator.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf } from '../http/http-request.js';
import { Auth0ConnectInstances } from '../http/instances.js';
import type { ApiCaller } from '../resource-server/api-caller.js';
import type { RequestSubject } from '../http/request-sessions.js';
import { LoginSession } from '../session/login-session.js';
import type { UserClaims } from '../session/user-claims.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';

/** Carries a parameter decorator's wish to its pipe, where there is dependency injection. */
export class SessionRequest {
  constructor(
    readonly what: 'session' | 'user' | 'subject',
    readonly context: ExecutionContext,
  ) {}
}

type Found = LoginSession | ApiCaller | UserClaims | null;

@Injectable()
export class CurrentSessionPipe implements PipeTransform<SessionRequest, MaybePromise<Found>> {
  constructor(@Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances) {}

  transform({ what, context }: SessionRequest): MaybePromise<Found> {
    const found = this.instances.of(context).subjects.find(requestOf(context));
    return andThen(found, (known) => (known ? choose(what, known, context) : nobody(context)));
  }
}

function choose(what: SessionRequest['what'], { subject }: RequestSubject, context: ExecutionContext): Found {
  if (what === 'user') return subject.user;
  if (what === 'subject' || subject instanceof LoginSession) return subject;
  return nobody(context, 'This address needs a login session, and the request came with an access token');
}

function nobody(context: ExecutionContext, reason?: string): null {
  if (isPublic(context)) return null;
  throw new LoginRequiredError(reason);
}
