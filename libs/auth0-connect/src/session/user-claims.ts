/** The claims of the ID token about the user, OpenID Connect Core section 5.1 and what the tenant adds. */
export interface UserClaims {
  /** The user's id at Auth0: `auth0|...`, `google-oauth2|...`. */
  readonly sub: string;
  readonly name?: string;
  readonly nickname?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly picture?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly org_id?: string;
  readonly org_name?: string;
  readonly [claim: string]: unknown;
}
