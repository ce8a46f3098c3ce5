import { Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { isPublic } from '../decorators/public.decorator.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf } from '../http/http-request.js';
import { Auth0ConnectInstances } from '../http/instances.js';
import type { LoginSession, UserClaims } from '../session/login-session.js';

/** Carries a parameter decorator's wish to its pipe, where there is dependency injection. */
export class SessionRequest {
  constructor(
    readonly what: 'session' | 'user',
    readonly context: ExecutionContext,
  ) {}
}

@Injectable()
export class CurrentSessionPipe implements PipeTransform<SessionRequest, Promise<LoginSession | UserClaims | null>> {
  constructor(@Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances) {}

  async transform({ what, context }: SessionRequest): Promise<LoginSession | UserClaims | null> {
    const found = await this.instances.of(context).requests.find(requestOf(context));
    if (!found) {
      if (isPublic(context)) return null;
      throw new LoginRequiredError();
    }
    return what === 'user' ? found.session.user : found.session;
  }
}
