import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { isPublic } from '../decorators/public.decorator.js';
import { AccessTokenRequiredError, LoginRequiredError } from '../../errors/index.js';
import { hasAuthorization } from '../request/authorization-header.js';
import { refuseCrossSite } from '../request/navigation.js';
import { requestOf } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { SessionGuard } from './session.guard.js';

/** RFC 9110 section 9.2.1. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * For routes that both the application's own pages and callers of its API use. A request with an `Authorization` header
 * is judged by that alone, as `AccessTokenGuard` does, and never by its cookie; any other needs a login session, and
 * another site's page may not set it off unless it only reads.
 *
 * @example
 * @UseGuards(SessionOrAccessTokenGuard)
 * @Get('events')
 * events(@CurrentSubject() subject: Subject, @ConnectedToken('google-oauth2') token: string) {}
 */
@Injectable()
export class SessionOrAccessTokenGuard implements CanActivate {
  constructor(
    @Inject(SessionGuard) private readonly sessions: SessionGuard,
    @Inject(AccessTokenGuard) private readonly accessTokens: AccessTokenGuard,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    if (hasAuthorization(request)) return this.accessTokens.canActivate(context);
    const { options, challenges } = this.instances.of(context);
    if (!isPublic(context) && !SAFE_METHODS.includes(request.method)) {
      refuseCrossSite(request, options.appBaseUrl);
    }
    try {
      return await this.sessions.canActivate(context);
    } catch (error) {
      if (error instanceof LoginRequiredError) challenges.challenge(context, new AccessTokenRequiredError());
      throw error;
    }
  }
}
