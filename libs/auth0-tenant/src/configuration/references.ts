import { MY_ACCOUNT_SCOPES } from '../state/my-account-scopes.js';
import { authMethod } from '../openid/client-metadata.js';
import type { TenantApi, TenantClient, TenantConnection, TenantOrganization, TenantUser } from '../options.js';

/** What the parts of a tenant may name of each other. */
export interface Known {
  apis: ReadonlyMap<string, TenantApi>;
  users: ReadonlyMap<string, TenantUser>;
}

/** Where a client contradicts itself, or names what is not there. */
export function clientProblems(client: TenantClient, { apis }: Known, name: string): string[] {
  const method = authMethod(client);
  const problems: string[] = [];
  if (method.startsWith('client_secret') && client.clientSecret === undefined) {
    problems.push(`${name}.clientSecret: ${method} needs one`);
  }
  if ((method === 'private_key_jwt' || method === 'self_signed_tls_client_auth') && !client.jwks) {
    problems.push(`${name}.jwks: ${method} needs the client's public keys`);
  }
  if (method === 'tls_client_auth' && client.tlsClientAuthSubjectDn === undefined) {
    problems.push(`${name}.tlsClientAuthSubjectDn: ${method} needs the subject of the client's certificate`);
  }
  if (client.privilegedWorker && !client.jwks) {
    problems.push(`${name}.jwks: a privileged worker signs its requests, so its public keys are needed`);
  }
  if (client.api !== undefined && !apis.has(client.api)) problems.push(`${name}.api: there is no API ${client.api}`);
  for (const [index, { audience, scopes }] of (client.mrrtPolicies ?? []).entries()) {
    problems.push(...policyProblems(apis, audience, scopes, `${name}.mrrtPolicies[${index}]`));
  }
  for (const [index, { audience, scopes }] of (client.clientGrants ?? []).entries()) {
    problems.push(...policyProblems(apis, audience, scopes, `${name}.clientGrants[${index}]`));
  }
  return problems;
}

/** A policy for `https://.../me/` of some host is as good as `me/`: the host is known only once the tenant runs. */
function policyProblems(apis: Known['apis'], audience: string, scopes: string[], name: string): string[] {
  const isMyAccount = audience === 'me/' || /^https?:\/\/[^/]+\/me\/$/.test(audience);
  const known = isMyAccount ? MY_ACCOUNT_SCOPES : apis.get(audience)?.scopes;
  if (!known) return [`${name}.audience: there is no API ${audience}`];
  return missing(scopes, known).map((scope) => `${name}.scopes: ${audience} has no scope ${scope}`);
}

/** Which permissions of a user no API has. */
export function userProblems({ permissions = {} }: TenantUser, { apis }: Known, name: string): string[] {
  return Object.entries(permissions).flatMap(([audience, scopes]) => {
    const api = apis.get(audience);
    const at = `${name}.permissions["${audience}"]`;
    if (!api) return [`${at}: there is no such API`];
    return missing(scopes, api.scopes).map((scope) => `${at}: the API has no permission ${scope}`);
  });
}

/** Which scopes a connection gives by default without having them, and whose accounts it has without there being such a user. */
export function connectionProblems({ scopes, defaultScopes = [] }: TenantConnection, name: string): string[] {
  return missing(defaultScopes, scopes).map((scope) => `${name}.defaultScopes: "scopes" does not have ${scope}`);
}

/** An API that says who has which permission must also look at it. */
export function apiProblems({ rbac, permissionsInAccessToken }: TenantApi, name: string): string[] {
  return permissionsInAccessToken && !rbac ? [`${name}.permissionsInAccessToken: needs rbac`] : [];
}

/** Which members of an organization are no users. */
export function organizationProblems({ members }: TenantOrganization, { users }: Known, name: string): string[] {
  return members.filter((id) => !users.has(id)).map((id) => `${name}.members: there is no user ${id}`);
}

function missing(wanted: string[], there: string[]): string[] {
  return wanted.filter((one) => !there.includes(one));
}
