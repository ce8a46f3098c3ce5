import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * The database does not answer, is read-only, full or too busy. Nothing was lost: try again. `cause` has the database's code
 * and nothing of the statement. Code `storage_unavailable`, 503.
 */
export class StorageUnavailableError extends Auth0ConnectError {
  constructor(
    options: {
      /** Seconds after which to try again. Default 2: a failover takes about as long. */
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    const { retryAfterSeconds = 2, cause } = options;
    super(
      'storage_unavailable',
      503,
      `The database does not answer at the moment. Try again in ${retryAfterSeconds} s`,
      {
        details: { retryAfterSeconds },
        cause,
      },
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Seconds after which to try again. */
  readonly retryAfterSeconds: number;
}

/**
 * The database refused a statement of the library, and will again: the migrations have not run, most likely. `cause` has
 * the database's code and nothing of the statement. Code `storage_failed`, 500.
 */
export class StorageFailedError extends Auth0ConnectError {
  constructor(options: { cause?: unknown } = {}) {
    super('storage_failed', 500, 'The database refused a statement', { cause: options.cause });
  }
}
