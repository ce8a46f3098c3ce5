import passport from 'passport';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import { applicationOf } from '../request/application.js';
import type { HttpRequest } from '../request/http-request.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import type { LoginSession } from '../../session/login-session.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { contextOfRequest, type RequestContext } from '../request/request-context.js';
import type { StrategyOptions } from './strategy-options.js';

/** Gives what was found to `validate`, and what that makes of it, or its error, to `done`. Nest's mixin brings it. */
export type Verify<Found> = (found: Found, done: (error: unknown, user?: unknown) => void) => void;

/**
 * A strategy that finds somebody by what a request brings. Passport's registry is one for the whole process, so a strategy
 * holds nothing of an application: it finds the one that the request came to, and lets the strategy of that one validate.
 */
export abstract class RequestStrategy<Found extends LoginSession | ApiCaller> extends passport.Strategy {
  constructor(readonly verify: Verify<Found>) {
    super();
  }

  /** @throws what stands in the way of an answer; undefined or a refusal: nobody */
  protected abstract find(known: RequestContext): MaybePromise<Found | undefined>;
  /** The strategy of this kind that the application has: passport may hold the one of another. */
  protected abstract strategyOf(known: RequestContext): RequestStrategy<Found> | undefined;
  /** Whether an error says that the credentials are no good, and not that they could not be looked at. */
  protected abstract isRefusal(error: unknown): boolean;

  override authenticate(request: unknown, options: StrategyOptions = {}): void {
    this.run(request as HttpRequest, options).catch((error: unknown) => {
      if (this.isRefusal(error)) this.fail(error as string, 401);
      else this.error(error);
    });
  }

  private async run(request: HttpRequest, { known, instance }: StrategyOptions): Promise<void> {
    const context = known ?? contextOfRequest(request, applicationOf(request).named(instance ?? DEFAULT_INSTANCE));
    const found = await this.find(context);
    if (found === undefined) return this.fail(401);
    const { verify } = this.strategyOf(context) ?? this;
    verify(found, (error, user) => {
      if (error) return this.error(error);
      if (!user) return this.fail(401);
      // A guard of ours says itself for which handler it was.
      if (!known) context.admitRequest(found, user);
      this.success(user);
    });
  }
}
