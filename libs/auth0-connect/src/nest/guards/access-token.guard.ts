import { Inject, Injectable, Optional, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { accessRulesOf } from '../decorators/access-rules.js';
import { GUARD_CREDENTIALS } from '../decorators/route-rules.js';
import {
  AccessTokenRequiredError,
  Auth0ConnectError,
  InsufficientPermissionsError,
  InsufficientTokenScopeError,
} from '../../errors/index.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { missingScopes } from '../../shared/scopes.js';
import { askPassport } from '../passport/ask-passport.js';
import { ACCESS_TOKEN_STRATEGY, type StrategyOptions } from '../passport/strategy-options.js';
import { findRequest, requestOf, type HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances, importedInstances } from '../request/instances.js';
import { requestContextAt, type RequestContext } from '../request/request-context.js';
import { requireConnections } from './required-connections.js';
import { stanceOf } from './stance.js';

/**
 * Lets a request with a valid access token for this API through, and answers any other as RFC 6750 says: 401
 * `access_token_required` or `invalid_token`, 403 `insufficient_token_scope` where `@RequireScopes` asks for more.
 * A cookie counts for nothing behind it. `request.user` holds what the token says about the user afterwards, or what an
 * `AccessTokenStrategy` of the application makes of the caller.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-7
 *
 * @example
 * @UseGuards(AccessTokenGuard)
 * @RequireScopes('read:events')
 */
@Injectable()
export class AccessTokenGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  private readonly stance = stanceOf(this);

  private readonly instances: Auth0ConnectInstances;

  constructor(@Optional() @Inject(Auth0ConnectInstances) instances: Auth0ConnectInstances | undefined) {
    super();
    this.instances = importedInstances(instances, 'AccessTokenGuard');
  }

  /** Nest's hook. Leaves the decision to a guard of ours nearer to the handler, and an open handler open. */
  override canActivate(context: ExecutionContext): MaybePromise<boolean> {
    const stance = this.stance(context);
    // A message has no credentials that anybody could look at.
    if (stance === 'leave-open' && findRequest(context)) this.knownOf(context).optionalCredentials = 'token';
    return stance === 'decide' ? this.authenticate(context) : true;
  }

  /**
   * Decides, wherever the guard and `@Public()` stand: at once about a token that is remembered. Passport is asked about what
   * is not good, as `SessionGuard` does.
   */
  authenticate(context: ExecutionContext): MaybePromise<boolean> {
    const known = this.knownOf(context);
    try {
      const caller = known.caller();
      if (caller instanceof Promise || this.hasOwnStrategy) return this.authenticateLater(context, known);
      return this.admitCaller(context, known, caller);
    } catch (error) {
      return this.refuse(context, known, error);
    }
  }

  private async authenticateLater(context: ExecutionContext, known: RequestContext): Promise<boolean> {
    try {
      const caller = await Promise.resolve(known.caller()).catch(() => undefined);
      if (caller && !this.hasOwnStrategy) return this.admitCaller(context, known, caller);
      const user = await askPassport(this, ACCESS_TOKEN_STRATEGY, context);
      known.request.user = user;
      return this.admit(context, known, caller, user);
    } catch (error) {
      return this.refuse(context, known, error);
    }
  }

  private get hasOwnStrategy(): boolean {
    return this.instances.strategies.token?.isOwn ?? false;
  }

  /** The HTTP request behind the handler. @throws TypeError for a context without one */
  override getRequest(context: ExecutionContext): HttpRequest {
    return requestOf(context);
  }

  /** What the strategy is given. */
  override getAuthenticateOptions(context: ExecutionContext): StrategyOptions & { session: false } {
    return { session: false, known: this.knownOf(context) };
  }

  /** Overridable: what becomes `request.user`, and the error for whoever brings no good token. @throws AccessTokenRequiredError, or what the strategy found wrong */
  override handleRequest<User>(error: unknown, user: User | false, info: unknown, _context: ExecutionContext): User {
    if (error) throw error;
    if (user) return user;
    throw info instanceof Auth0ConnectError ? info : new AccessTokenRequiredError();
  }

  private admitCaller(context: ExecutionContext, known: RequestContext, caller: ApiCaller): MaybePromise<true> {
    const user = this.handleRequest(null, caller.user, undefined, context);
    known.request.user = user;
    return this.admit(context, known, caller, user);
  }

  private admit(
    context: ExecutionContext,
    known: RequestContext,
    caller: ApiCaller | undefined,
    user: unknown,
  ): MaybePromise<true> {
    if (caller) {
      checkRules(caller, context);
      known.admitCaller(context, caller, user);
    } else known.admitStranger(context, user);
    return requireConnections(context);
  }

  private refuse(context: ExecutionContext, known: RequestContext, error: unknown): never {
    known.instance.challenges.challenge(context, error);
    throw error;
  }

  private knownOf(context: ExecutionContext): RequestContext {
    return requestContextAt(context, this.instances.of(context));
  }
}

Object.defineProperty(AccessTokenGuard.prototype, GUARD_CREDENTIALS, { value: 'token' });

/** @throws InsufficientTokenScopeError, InsufficientPermissionsError */
function checkRules({ scopes, permissions }: ApiCaller, context: ExecutionContext): void {
  for (const { of, names, anyOf } of accessRulesOf(context)) {
    const missing = missingScopes(names, of === 'scopes' ? scopes : permissions).length;
    if (anyOf ? missing < names.length : missing === 0) continue;
    throw of === 'scopes'
      ? new InsufficientTokenScopeError(names, { anyOf })
      : new InsufficientPermissionsError(names, { anyOf });
  }
}
