import { Auth0ConnectError } from './auth0-connect.error.js';

/** The options are wrong. Thrown once at start-up, with every problem found. Code `invalid_configuration`. */
export class ConfigurationError extends Auth0ConnectError {
  constructor(
    /** One line each, with what to write. */
    readonly problems: readonly string[],
  ) {
    super(
      'invalid_configuration',
      500,
      `Auth0ConnectModule is not configured correctly:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}
