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
import { missingScopes } from '../../shared/scopes.js';
import { askPassport } from '../passport/ask-passport.js';
import { ACCESS_TOKEN_STRATEGY, type StrategyOptions } from '../passport/strategy-options.js';
import { requestOf, type HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances, importedInstances } from '../request/instances.js';
import { requestContextAt, type RequestContext } from '../request/request-context.js';
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
  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const stance = this.stance(context);
    if (stance === 'leave-open') this.knownOf(context).optionalCredentials = 'token';
    return stance === 'decide' ? this.authenticate(context) : true;
  }

  /** Decides, wherever the guard and `@Public()` stand. Passport is asked about what is not good, as `SessionGuard` does. */
  async authenticate(context: ExecutionContext): Promise<boolean> {
    const known = this.knownOf(context);
    try {
      const caller = this.instances.strategies.token?.isOwn ? undefined : await known.caller().catch(() => undefined);
      const user = caller
        ? this.handleRequest(null, caller.user, undefined, context)
        : await askPassport(this, ACCESS_TOKEN_STRATEGY, context);
      known.request.user = user;
      return await this.admit(context, known, user);
    } catch (error) {
      known.instance.challenges.challenge(context, error);
      throw error;
    }
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

  private async admit(context: ExecutionContext, known: RequestContext, user: unknown): Promise<boolean> {
    const caller = await known.caller().catch(() => undefined);
    if (caller) {
      checkRules(caller, context);
      known.admitCaller(context, caller, user);
    } else known.admitStranger(context, user);
    return true;
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
