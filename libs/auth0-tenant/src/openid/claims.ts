import type { Tenant } from '../state/tenant.js';
import type { TenantUser } from '../options.js';

/** Claims that come with the `openid` scope alone. */
const OPENID_CLAIMS = ['sub', 'org_id', 'org_name', 'session_expiry'];

/** Which scope gives which claims; names that a test added belong to `openid`. */
export function claimsByScope(tenant: Tenant): Record<string, string[] | null> {
  const added = [...tenant.extraClaims.values()].flatMap((claims) => Object.keys(claims));
  return {
    acr: null,
    auth_time: null,
    iss: null,
    sid: null,
    openid: [...new Set([...OPENID_CLAIMS, ...added])],
    profile: ['name', 'given_name', 'family_name', 'nickname', 'picture', 'updated_at'],
    email: ['email', 'email_verified'],
  };
}

/** Everything there is to say of a user; the scopes then choose. */
export function claimsOf(
  tenant: Tenant,
  user: TenantUser,
  organizationId?: string,
): Record<string, unknown> & { sub: string } {
  const [givenName, ...familyNames] = user.name.split(' ');
  const organization = organizationId === undefined ? undefined : tenant.organizations.get(organizationId);
  return {
    sub: user.userId,
    name: user.name,
    given_name: givenName,
    family_name: familyNames.join(' ') || undefined,
    nickname: user.nickname ?? user.email.split('@')[0],
    picture: user.picture,
    email: user.email,
    email_verified: user.emailVerified ?? true,
    ...(organization ? { org_id: organization.id, org_name: organization.name } : undefined),
    ...tenant.extraClaims.get(user.userId),
  };
}
