import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Auth0ConnectError } from '../../errors/index.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import type { RequestContext } from '../request/request-context.js';
import { RequestStrategy } from './request.strategy.js';
import { ACCESS_TOKEN_STRATEGY } from './strategy-options.js';

class AccessTokenRequestStrategy extends RequestStrategy<ApiCaller> {
  protected find(known: RequestContext): MaybePromise<ApiCaller | undefined> {
    return known.caller();
  }

  protected strategyOf({ instance }: RequestContext): RequestStrategy<ApiCaller> | undefined {
    return instance.application.strategies.token?.strategy as RequestStrategy<ApiCaller> | undefined;
  }

  /** Another strategy may be asked then, and a guard answers 401. */
  protected isRefusal(error: unknown): boolean {
    return error instanceof Auth0ConnectError && error.getStatus() < 500;
  }
}

const AccessTokenPassportStrategy = PassportStrategy(
  AccessTokenRequestStrategy,
  ACCESS_TOKEN_STRATEGY,
) as unknown as new () => object;

/**
 * Passport's strategy for access tokens of this API: `AuthGuard('auth0-connect-access-token')` and `AccessTokenGuard` go by
 * it. Extend it as `SessionStrategy` to make of the caller what your application wants as `request.user`.
 * @see https://docs.nestjs.com/recipes/passport
 */
@Injectable()
export class AccessTokenStrategy extends AccessTokenPassportStrategy {
  /** What becomes `request.user`; nothing, or an error, refuses the request. Default: what the token says of the user. */
  validate(caller: ApiCaller): unknown {
    return caller.user;
  }
}
