import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { GUARD_CREDENTIALS } from '../decorators/route-rules.js';
import { AccessTokenRequiredError, LoginRequiredError } from '../../errors/index.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { namesCaller } from '../request/authorization-header.js';
import { findRequest, requestOf, type HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances, importedInstances } from '../request/instances.js';
import { isSafe, refuseCrossSite } from '../request/navigation.js';
import { siteOf } from '../request/request-site.js';
import { requestContextAt } from '../request/request-context.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { SessionGuard } from './session.guard.js';
import { stanceOf } from './stance.js';

/**
 * For routes that both the application's own pages and callers of its API use. A request that brings an access token
 * (`Authorization: Bearer` or `DPoP`) is judged by that alone, as `AccessTokenGuard` does, and never by its cookie; any
 * other needs a login session, and another site's page may not set it off unless it only reads.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 *
 * @example
 * @UseGuards(SessionOrAccessTokenGuard)
 * @Get('events')
 * events(@CurrentSubject() subject: Subject, @ConnectedToken('google-oauth2') token: string) {}
 */
@Injectable()
export class SessionOrAccessTokenGuard implements CanActivate {
  private readonly stance = stanceOf(this);
  private readonly instances: Auth0ConnectInstances;

  constructor(
    @Optional() @Inject(SessionGuard) private readonly sessions: SessionGuard,
    @Optional() @Inject(AccessTokenGuard) private readonly accessTokens: AccessTokenGuard,
    @Optional() @Inject(Auth0ConnectInstances) instances: Auth0ConnectInstances | undefined,
  ) {
    this.instances = importedInstances(instances, 'SessionOrAccessTokenGuard');
  }

  /** Nest's hook. Leaves the decision to a guard of ours nearer to the handler, and an open handler open. */
  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    const stance = this.stance(context);
    if (stance === 'leave-open' && findRequest(context)) {
      requestContextAt(context, this.instances.of(context)).optionalCredentials = 'either';
    }
    return stance === 'decide' ? this.authenticate(context) : true;
  }

  /** Decides, wherever the guard and `@Public()` stand. */
  authenticate(context: ExecutionContext): MaybePromise<boolean> {
    const request = requestOf(context);
    return namesCaller(request) ? this.accessTokens.authenticate(context) : this.authenticateSession(context, request);
  }

  private async authenticateSession(context: ExecutionContext, request: HttpRequest): Promise<boolean> {
    const { options, challenges } = this.instances.of(context);
    if (!isSafe(request)) refuseCrossSite(request, siteOf(request, options));
    try {
      return await this.sessions.authenticate(context);
    } catch (error) {
      if (error instanceof LoginRequiredError) challenges.challenge(context, new AccessTokenRequiredError());
      throw error;
    }
  }
}

Object.defineProperty(SessionOrAccessTokenGuard.prototype, GUARD_CREDENTIALS, { value: 'either' });
