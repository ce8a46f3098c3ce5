/**
 * Whether an ID token is for this organization. An id (`org_...`) is compared with `org_id` as it is, a name with
 * `org_name` in any case.
 * @see https://auth0.com/docs/manage-users/organizations/using-tokens
 */
export function isForOrganization(claims: Readonly<Record<string, unknown>>, organization: string): boolean {
  if (isOrganizationId(organization)) return claims.org_id === organization;
  return typeof claims.org_name === 'string' && claims.org_name.toLowerCase() === organization.toLowerCase();
}

/** Whether it is the id of an organization, and not its name. */
export function isOrganizationId(organization: string): boolean {
  return organization.startsWith('org_');
}
