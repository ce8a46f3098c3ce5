import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { isPublic } from '../decorators/public.decorator.js';
import { scopeRulesOf } from '../decorators/require-scopes.decorator.js';
import { InsufficientTokenScopeError } from '../../errors/index.js';
import { serve } from '../request/application.js';
import { requestOf, type HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { ACCESS_TOKEN_STRATEGY, type AccessTokenStrategyOptions } from '../passport/strategy-options.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import { missingScopes } from '../../shared/scopes.js';

/**
 * Lets a request with a valid access token for this API through, and answers any other as RFC 6750 says: 401
 * `access_token_required` or `invalid_token`, 403 `insufficient_token_scope` where `@RequireScopes` asks for more.
 * A cookie counts for nothing behind it. `request.user` holds what the token says about the user afterwards.
 *
 * @example
 * @UseGuards(AccessTokenGuard)
 * @RequireScopes('read:events')
 */
@Injectable()
export class AccessTokenGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  constructor(@Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { subjects, challenges } = this.instances.of(context);
    const request = requestOf(context);
    serve(request, this.instances);
    subjects.goByToken(request);
    if (isPublic(context)) return true;
    try {
      return (await super.canActivate(context)) as boolean;
    } catch (error) {
      challenges.challenge(context, error);
      throw error;
    }
  }

  override getRequest(context: ExecutionContext): HttpRequest {
    return requestOf(context);
  }

  override getAuthenticateOptions(context: ExecutionContext): AccessTokenStrategyOptions & { session: false } {
    const { subjects } = this.instances.of(context);
    return { session: false, findCaller: () => subjects.caller(requestOf(context)) };
  }

  override handleRequest<User>(error: unknown, caller: unknown, _info: unknown, context: ExecutionContext): User {
    if (error) throw error;
    const { user, scopes: granted } = caller as ApiCaller;
    for (const { scopes, anyOf } of scopeRulesOf(context)) {
      const missing = missingScopes(scopes, granted).length;
      if (anyOf ? missing === scopes.length : missing > 0) throw new InsufficientTokenScopeError(scopes, { anyOf });
    }
    return user as User;
  }
}
