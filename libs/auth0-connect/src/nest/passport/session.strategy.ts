import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import type { UserClaims } from '../../session/user-claims.js';
import { SESSION_STRATEGY, type SessionStrategyOptions } from './strategy-options.js';

class CallbackStrategy extends passport.Strategy {
  override authenticate(_request: unknown, options: SessionStrategyOptions): void {
    const user = options.findUser();
    if (!(user instanceof Promise)) return this.conclude(user);
    user.then(
      (found) => this.conclude(found),
      (error: unknown) => this.error(error),
    );
  }

  private conclude(user: UserClaims | undefined): void {
    if (user) this.success(user);
    else this.fail(401);
  }
}

/**
 * Authenticates a request by its login session. Passport's registry is one for the whole process, so the strategy
 * holds nothing of an application: the guard brings what it needs, and two applications cannot mix up.
 */
@Injectable()
export class SessionStrategy extends PassportStrategy(CallbackStrategy, SESSION_STRATEGY) {
  // Not called: the strategy has no credentials to be looked at apart from the session itself.
  validate(): never {
    throw new TypeError('not used');
  }
}
