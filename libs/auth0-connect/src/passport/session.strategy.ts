import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import type { UserClaims } from '../session/login-session.js';

export const SESSION_STRATEGY = 'auth0-connect-session';

/** What the guard hands to the strategy with each request. */
export interface SessionStrategyOptions {
  findUser: () => Promise<UserClaims | undefined>;
}

class CallbackStrategy extends passport.Strategy {
  override authenticate(_request: unknown, options: SessionStrategyOptions): void {
    options.findUser().then(
      (user) => (user ? this.success(user) : this.fail(401)),
      (error: unknown) => this.error(error),
    );
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
