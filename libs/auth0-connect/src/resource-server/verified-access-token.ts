import type { JWTPayload } from 'jose';
import type { UserClaims } from '../session/user-claims.js';
import { digest } from '../shared/digest.js';

/** What a verified access token says, for all requests that bring it. */
export interface VerifiedAccessToken {
  /** The domain that issued it, an origin. */
  readonly issuerOrigin: string;
  /** Names the user in rows. */
  readonly userKey: string;
  /** Whose stored tokens it may read. */
  readonly ownerKey: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
  readonly orgId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The claims about the user. */
  readonly user: UserClaims;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What the verifier has found out by itself. */
type Checked = Pick<VerifiedAccessToken, 'issuerOrigin' | 'userKey' | 'userId' | 'scopes' | 'expiresAt'>;

/** Claims about the token and not about the user, RFC 9068 section 2.2. */
const TOKEN_CLAIMS = new Set([
  'aud',
  'azp',
  'client_id',
  'cnf',
  'exp',
  'gty',
  'iat',
  'iss',
  'jti',
  'nbf',
  'permissions',
  'scope',
]);

/** Reads out of the claims all that requests ask for, once. */
export function verifiedAccessToken(checked: Checked, claims: JWTPayload): VerifiedAccessToken {
  return {
    ...checked,
    ownerKey: ownerKeyOf(checked, claims),
    permissions: permissionsOf(claims.permissions),
    orgId: textOf(claims.org_id),
    claims: { ...claims },
    user: aboutTheUser(checked.userId, claims),
  };
}

/**
 * Whose stored tokens it may read: those of the same user by the same application, with the same organization, scopes and
 * permissions, acting for the same party (`act`), authenticated as strongly (`acr`), for the same transaction
 * (`authorization_details`). A token that can do less never sees what one that can do more has got.
 */
function ownerKeyOf({ userKey, scopes }: Checked, claims: JWTPayload): string {
  const client = textOf(claims.azp) ?? textOf(claims.client_id) ?? '';
  const permissions = Array.isArray(claims.permissions) ? claims.permissions.map(String) : [];
  const sets = [scopes, permissions].map((set) => JSON.stringify(set.toSorted()));
  const others = [claims.authorization_details, claims.act, claims.acr].map((claim) => JSON.stringify(claim ?? null));
  return digest('api-caller', userKey, client, textOf(claims.org_id) ?? '', ...sets, ...others);
}

function permissionsOf(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((name): name is string => typeof name === 'string') : [];
}

function aboutTheUser(userId: string, claims: JWTPayload): UserClaims {
  const about = Object.entries(claims).filter(([name]) => !TOKEN_CLAIMS.has(name));
  return { ...Object.fromEntries(about), sub: userId };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
