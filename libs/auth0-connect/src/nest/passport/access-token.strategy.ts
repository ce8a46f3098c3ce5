import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { ACCESS_TOKEN_STRATEGY, type AccessTokenStrategyOptions } from './strategy-options.js';

class CallbackStrategy extends passport.Strategy {
  override authenticate(_request: unknown, options: AccessTokenStrategyOptions): void {
    options.findCaller().then(
      (caller) => this.success(caller),
      (error: unknown) => this.error(error),
    );
  }
}

/**
 * Authenticates a request by its access token. As the session strategy it holds nothing of an application: the guard
 * brings what it needs.
 */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(CallbackStrategy, ACCESS_TOKEN_STRATEGY) {
  // Not called: the caller was checked before the strategy succeeds.
  validate(): never {
    throw new TypeError('not used');
  }
}
