import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { slotsOf } from '../decorators/connected-token.decorator.js';
import { isPublic } from '../decorators/public.decorator.js';
import { LoginRequiredError } from '../errors/index.js';
import { requestOf, returnToOf, type HttpRequest } from '../http/http-request.js';
import { Auth0ConnectInstances } from '../http/instances.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import { SESSION_STRATEGY, type SessionStrategyOptions } from '../passport/strategy-options.js';
import type { UserClaims } from '../session/login-session.js';
import { PassportAttempt } from './passport-attempt.js';

/**
 * Lets a request with a live login session through, and answers 401 `login_required` to any other. `request.user`
 * holds the claims about the user afterwards. A context without a request (RPC, a gateway) is refused.
 *
 * @example
 * @UseGuards(SessionGuard)               // a controller or a handler
 * { provide: APP_GUARD, useExisting: SessionGuard }   // all of them; then @Public() opens one
 */
@Injectable()
export class SessionGuard extends AuthGuard(SESSION_STRATEGY) {
  constructor(@Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(context)) return true;
    const request: HttpRequest & { user?: UserClaims } = requestOf(context);
    const attempt = new PassportAttempt(context);
    try {
      await super.canActivate(attempt);
      request.user = attempt.request.user;
      return true;
    } finally {
      attempt.release();
    }
  }

  override getAuthenticateOptions(attempt: ExecutionContext): SessionStrategyOptions & { session: false } {
    return { session: false, findUser: () => this.findUser(contextOf(attempt)) };
  }

  override handleRequest<User>(error: unknown, user: User | false, _info: unknown, attempt: ExecutionContext): User {
    if (error) throw error;
    if (!user) {
      const context = contextOf(attempt);
      const { addresses, options } = this.instances.of(context);
      const loginUrl = addresses.login(returnToOf(requestOf(context), options.appBaseUrl));
      throw new LoginRequiredError(undefined, { loginUrl });
    }
    return user;
  }

  private findUser(context: ExecutionContext): MaybePromise<UserClaims | undefined> {
    const { requests } = this.instances.of(context);
    const finding = requests.find(requestOf(context), slotsOf(context.getHandler()));
    return andThen(finding, (found) => found?.session.user);
  }
}

function contextOf(attempt: ExecutionContext): ExecutionContext {
  return attempt instanceof PassportAttempt ? attempt.context : attempt;
}
