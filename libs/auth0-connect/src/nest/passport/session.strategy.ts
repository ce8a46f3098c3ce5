import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { LoginSession } from '../../session/login-session.js';
import type { RequestContext } from '../request/request-context.js';
import { RequestStrategy } from './request.strategy.js';
import { SESSION_STRATEGY } from './strategy-options.js';

class SessionRequestStrategy extends RequestStrategy<LoginSession> {
  protected async find(known: RequestContext): Promise<LoginSession | undefined> {
    return (await known.session())?.subject;
  }

  protected strategyOf({ instance }: RequestContext): RequestStrategy<LoginSession> | undefined {
    return instance.application.strategies.session?.strategy as RequestStrategy<LoginSession> | undefined;
  }

  protected isRefusal(): boolean {
    return false;
  }
}

// Our public types do not need those of passport.
const SessionPassportStrategy = PassportStrategy(
  SessionRequestStrategy,
  SESSION_STRATEGY,
) as unknown as new () => object;

/**
 * Passport's strategy for the login session: `AuthGuard('auth0-connect-session')` and `SessionGuard` go by it. To make of
 * the session what your application wants as `request.user`, extend it and provide the class in a module.
 * @see https://docs.nestjs.com/recipes/passport
 *
 * @example
 * @Injectable()
 * class OwnSessionStrategy extends SessionStrategy {
 *   constructor(private readonly users: UsersService) { super(); }
 *   override validate(session: LoginSession) { return this.users.findBySub(session.userId); }
 * }
 */
@Injectable()
export class SessionStrategy extends SessionPassportStrategy {
  /** What becomes `request.user`; nothing, or an error, refuses the request. Default: the claims about the user. */
  validate(session: LoginSession): unknown {
    return session.user;
  }
}
