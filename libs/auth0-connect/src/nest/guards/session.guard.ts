import { Inject, Injectable, Optional, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { GUARD_CREDENTIALS } from '../decorators/route-rules.js';
import { tokenIdsOf } from '../decorators/wanted-tokens.js';
import { Auth0ConnectError, LoginRequiredError } from '../../errors/index.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { askPassport } from '../passport/ask-passport.js';
import { SESSION_STRATEGY, type StrategyOptions } from '../passport/strategy-options.js';
import { requestOf, type HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances, importedInstances } from '../request/instances.js';
import { requestContextAt, type RequestContext } from '../request/request-context.js';
import { withSession } from '../request/with-session.js';
import { returnToOf } from '../request/return-to.js';
import { requireConnections } from './required-connections.js';
import { stanceOf } from './stance.js';

/**
 * Lets a request with a live login session through, and answers 401 `login_required` to any other. `request.user`
 * holds the claims about the user afterwards, or what a `SessionStrategy` of the application makes of the session. Works
 * for HTTP, GraphQL, and contexts that give their HTTP request by `getRawRequest()`; any other context is refused.
 *
 * Its answers are kept by no cache (`Cache-Control: private, no-store`) unless the handler sets another value.
 * @see https://docs.nestjs.com/guards
 *
 * @example
 * @UseGuards(SessionGuard)               // a controller or a handler
 * { provide: APP_GUARD, useExisting: SessionGuard }   // all of them; then @Public() opens one
 */
@Injectable()
export class SessionGuard extends AuthGuard(SESSION_STRATEGY) {
  private readonly stance = stanceOf(this);

  private readonly instances: Auth0ConnectInstances;

  constructor(
    @Optional() @Inject(Auth0ConnectInstances) instances: Auth0ConnectInstances | undefined,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    super();
    this.instances = importedInstances(instances, 'SessionGuard');
  }

  /** Nest's hook. Leaves the decision to a guard of ours nearer to the handler, and an open handler open. */
  override canActivate(context: ExecutionContext): MaybePromise<boolean> {
    return this.stance(context) === 'decide' ? this.authenticate(context) : true;
  }

  /**
   * Decides, wherever the guard and `@Public()` stand. A live session is let in at once; passport, which costs as much as all
   * the rest, is asked about any other request, and where the application has a strategy of its own.
   */
  authenticate(context: ExecutionContext): MaybePromise<boolean> {
    const known = requestContextAt(context, this.instances.of(context));
    return withSession(known, context, tokenIdsOf(context), (found) => {
      const { request } = known;
      if (found && !this.instances.strategies.session?.isOwn) {
        const user = this.handleRequest(null, found.subject.user, undefined, context);
        request.user = user;
        return this.admit(context, known, found, user);
      }
      return askPassport(this, SESSION_STRATEGY, context).then((user) => {
        request.user = user;
        if (found) return this.admit(context, known, found, user);
        known.admitStranger(context, user);
        return requireConnections(context);
      });
    });
  }

  /** The HTTP request behind the handler. @throws TypeError for a context without one */
  override getRequest(context: ExecutionContext): HttpRequest {
    return requestOf(context);
  }

  /** What the strategy is given. */
  override getAuthenticateOptions(context: ExecutionContext): StrategyOptions & { session: false } {
    return { session: false, known: requestContextAt(context, this.instances.of(context)) };
  }

  /** Overridable: what becomes `request.user`, and the error for whoever is not logged in. @throws LoginRequiredError */
  override handleRequest<User>(error: unknown, user: User | false, info: unknown, context: ExecutionContext): User {
    if (error) throw error;
    if (user) return user;
    if (info instanceof Auth0ConnectError) throw info;
    const { instance, request, site } = requestContextAt(context, this.instances.of(context));
    const loginUrl = instance.addresses.login(site.appBaseUrl, returnToOf(request, site));
    throw new LoginRequiredError(undefined, { loginUrl });
  }

  private admit(
    context: ExecutionContext,
    known: RequestContext,
    found: NonNullable<Awaited<ReturnType<RequestContext['session']>>>,
    user: unknown,
  ): MaybePromise<true> {
    known.admitSession(context, found, user);
    if (context.getType() === 'http') {
      this.host.httpAdapter.setHeader(context.getArgByIndex(1), 'Cache-Control', 'private, no-store');
    }
    return requireConnections(context);
  }
}

Object.defineProperty(SessionGuard.prototype, GUARD_CREDENTIALS, { value: 'session' });
