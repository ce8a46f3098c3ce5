import { randomId } from '../identifiers.js';
import { errors } from './oidc-provider.js';

/** An error of the token endpoint, with the status Auth0 gives it. */
export class OAuthError extends errors.OIDCProviderError {
  /**
   * @param status the HTTP status
   * @param code the `error` member
   * @param description the `error_description` member
   * @param members further members, e.g. `mfa_token`
   */
  constructor(
    status: number,
    code: string,
    description: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(status, code);
    this.name = 'OAuthError';
    this.error_description = description;
  }

  /** The body of the answer. */
  get body(): Record<string, unknown> {
    return { error: this.error, error_description: this.error_description, ...this.members };
  }
}

/** The answer while a tenant asks for a second factor. */
export function mfaRequired(): OAuthError {
  return new OAuthError(403, 'mfa_required', 'Multifactor authentication required', {
    mfa_token: `Fe26.2*${randomId(48)}`,
  });
}
