import { Inject, Injectable, Logger } from '@nestjs/common';
import { Auth0ConnectError, CallbackFailedError, InvalidStateError } from '../../errors/index.js';
import type { FailedCallback } from '../../options/address-options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { safeReturnTo, type Site } from '../../shared/app-urls.js';
import { withFailure } from '../request/failure-parameters.js';

/** Where a person goes on whose login or connect has failed, whatever it was that failed. */
@Injectable()
export class FailedCallbacks {
  private readonly logger = new Logger('Auth0Connect');

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /** A path of the application, told the stable code of the error. */
  pageFor(thrown: unknown, { isLoggedIn, site }: { isLoggedIn: boolean; site: Site }): string {
    const error = thrown instanceof Auth0ConnectError ? thrown : new CallbackFailedError({ cause: thrown });
    if (error instanceof CallbackFailedError) this.logger.error(`A callback failed: ${describe(error.cause)}`);
    const { kind, returnTo, connection } = error.callback ?? {};
    const failure: FailedCallback = { error, kind, returnTo, connection, isLoggedIn };
    return this.chosenPage(failure, site) ?? defaultPage(failure, site);
  }

  /** A function of the application's own may throw, or give what is no page of it: then there is none. */
  private chosenPage(failure: FailedCallback, site: Site): string | undefined {
    const { failedCallbackPage } = this.options;
    try {
      const page = typeof failedCallbackPage === 'function' ? failedCallbackPage(failure) : failedCallbackPage;
      if (page === undefined) return undefined;
      const { error, connection } = failure;
      return withFailure(safeReturnTo(page, site), { code: error.code, connection });
    } catch (thrown) {
      this.logger.error(`failedCallbackPage has given no page of this application: ${describe(thrown)}`);
      return undefined;
    }
  }
}

function defaultPage({ error, returnTo, connection, isLoggedIn }: FailedCallback, { appBaseUrl }: Site): string {
  const root = `${new URL(appBaseUrl).pathname.replace(/\/$/, '')}/`;
  // The answer was here before, and what it was good for is done: a reload, the back button, a restored tab.
  if (error instanceof InvalidStateError && isLoggedIn) return root;
  return withFailure(returnTo ?? root, { code: error.code, connection });
}

/** Not its message: a driver's holds what was to be stored. */
function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown failure';
}
