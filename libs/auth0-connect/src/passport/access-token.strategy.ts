import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import type { ApiCaller } from '../resource-server/api-caller.js';

export const ACCESS_TOKEN_STRATEGY = 'auth0-connect-access-token';

/** What the guard hands to the strategy with each request. */
export interface AccessTokenStrategyOptions {
  findCaller: () => Promise<ApiCaller>;
}

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
