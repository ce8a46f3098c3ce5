/**
 * The claims of the ID token about the user, OpenID Connect Core section 5.1 and what the tenant adds.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
 */
export interface UserClaims {
  /** The user's id at Auth0: `auth0|...`, `google-oauth2|...`. */
  readonly sub: string;
  /** To be shown. Scope `profile`, as the next four. */
  readonly name?: string;
  /** Of Auth0: the part of the address before `@`, where nothing better is known. */
  readonly nickname?: string;
  /** First name. */
  readonly given_name?: string;
  /** Surname. */
  readonly family_name?: string;
  /** Address of a picture. */
  readonly picture?: string;
  /** E-mail address: scope `email`, as the next. It may change, and may be another's who registered it first: `sub` is who it is. */
  readonly email?: string;
  /** Whether it is known that the address is theirs. */
  readonly email_verified?: boolean;
  /** Of the organization that the user has logged in to, `org_...`. */
  readonly org_id?: string;
  /** Its name. */
  readonly org_name?: string;
  readonly [claim: string]: unknown;
}

/** Claims about the token and not about the user. */
const PROTOCOL_CLAIMS = new Set([
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'c_hash',
  'exp',
  'iat',
  'iss',
  'jti',
  'nbf',
  'nonce',
  's_hash',
  'session_expiry',
  'sid',
]);

/** The claims of an ID token that are about the user. */
export function aboutTheUser(claims: Readonly<Record<string, unknown>>): UserClaims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !PROTOCOL_CLAIMS.has(name))) as UserClaims;
}

/** MySQL's TEXT holds 64 kB, and a sealed value takes a third more than its text. */
const LARGEST_CLAIMS_BYTES = 48_000;

/** Whether the claims can be stored. */
export function fitsRow(claims: UserClaims): boolean {
  return Buffer.byteLength(JSON.stringify(claims)) <= LARGEST_CLAIMS_BYTES;
}
