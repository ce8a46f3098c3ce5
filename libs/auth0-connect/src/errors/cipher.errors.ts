import { Auth0ConnectError } from './auth0-connect.error.js';

/**
 * The application's `tokenCipher` (a KMS) does not answer: what is sealed can be neither opened nor stored at the moment. Nothing
 * was lost, and nobody has to log in again: try again. `cause` is what the cipher has thrown. Code `cipher_unavailable`, 503.
 */
export class CipherUnavailableError extends Auth0ConnectError {
  /** Seconds after which to try again. */
  readonly retryAfterSeconds: number;

  constructor(
    options: {
      /** Seconds after which to try again. Default 2. */
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    const { retryAfterSeconds = 2, cause } = options;
    super(
      'cipher_unavailable',
      503,
      `What is sealed cannot be opened at the moment. Try again in ${retryAfterSeconds} s`,
      {
        details: { retryAfterSeconds },
        cause,
      },
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
