import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { slotsOf } from '../decorators/connected-token.decorator.js';
import { isPublic } from '../decorators/public.decorator.js';
import { LoginRequiredError } from '../../errors/index.js';
import { serve } from '../request/application.js';
import { requestOf, returnToOf, type HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { SESSION_STRATEGY, type SessionStrategyOptions } from '../passport/strategy-options.js';
import type { UserClaims } from '../../session/user-claims.js';

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

  /** A live session is let in at once. Passport, which costs as much as all the rest, is asked about any other request. */
  override canActivate(context: ExecutionContext): MaybePromise<boolean> {
    if (isPublic(context)) return true;
    const request: HttpRequest & { user?: unknown } = requestOf(context);
    serve(request, this.instances);
    return andThen(this.findUser(context), (user) => {
      if (!user) return super.canActivate(context) as Promise<boolean>;
      request.user = this.handleRequest(null, user, undefined, context);
      return true;
    });
  }

  override getRequest(context: ExecutionContext): HttpRequest {
    return requestOf(context);
  }

  override getAuthenticateOptions(context: ExecutionContext): SessionStrategyOptions & { session: false } {
    return { session: false, findUser: () => this.findUser(context) };
  }

  override handleRequest<User>(error: unknown, user: User | false, _info: unknown, context: ExecutionContext): User {
    if (error) throw error;
    if (!user) {
      const { addresses, options } = this.instances.of(context);
      const loginUrl = addresses.login(returnToOf(requestOf(context), options.appBaseUrl));
      throw new LoginRequiredError(undefined, { loginUrl });
    }
    return user;
  }

  private findUser(context: ExecutionContext): MaybePromise<UserClaims | undefined> {
    const { requests } = this.instances.of(context);
    const finding = requests.find(requestOf(context), slotsOf(context));
    return andThen(finding, (found) => found?.subject.user);
  }
}
