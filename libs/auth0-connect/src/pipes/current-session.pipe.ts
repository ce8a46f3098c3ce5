import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { isPublic } from '../decorators/public.decorator.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf } from '../http/http-request.js';
import { Auth0ConnectInstances } from '../http/instances.js';
import type { ApiCaller } from '../resource-server/api-caller.js';
import { LoginSession, type UserClaims } from '../session/login-session.js';

/** Carries a parameter decorator's wish to its pipe, where there is dependency injection. */
export class SessionRequest {
  constructor(
    readonly what: 'session' | 'user' | 'subject',
    readonly context: ExecutionContext,
  ) {}
}

type Found = LoginSession | ApiCaller | UserClaims | null;

@Injectable()
export class CurrentSessionPipe implements PipeTransform<SessionRequest, Promise<Found>> {
  constructor(@Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances) {}

  async transform({ what, context }: SessionRequest): Promise<Found> {
    const found = await this.instances.of(context).subjects.find(requestOf(context));
    if (!found) {
      if (isPublic(context)) return null;
      throw new LoginRequiredError();
    }
    const { subject } = found;
    if (what === 'user') return subject.user;
    if (what === 'subject' || subject instanceof LoginSession) return subject;
    if (isPublic(context)) return null;
    throw new LoginRequiredError('This address needs a login session, and the request came with an access token');
  }
}
