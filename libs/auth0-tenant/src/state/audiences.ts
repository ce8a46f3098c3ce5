import type { TenantApi, TenantClient } from '../options.js';
import { MY_ACCOUNT_SCOPES } from './my-account-scopes.js';

/** The scopes of OpenID Connect itself; Auth0 puts them into access tokens of any audience. */
export const OPENID_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

const PREFIX = 'urn:auth0-local-tenant:audience:';

/** Auth0's audiences need not be URIs, resource indicators (RFC 8707) must: so every audience has a URN. */
export function resourceOf(audience: string): string {
  return PREFIX + encodeURIComponent(audience);
}

/** The audience behind a resource indicator made by `resourceOf`. */
export function audienceOf(resource: string): string | undefined {
  if (!resource.startsWith(PREFIX)) return undefined;
  try {
    return decodeURIComponent(resource.slice(PREFIX.length));
  } catch {
    // A client may send anything as `resource`; what resourceOf did not make is no audience.
    return undefined;
  }
}

/** The audience of the My Account API on one of the tenant's hosts. */
export function myAccountAudience(issuer: string): string {
  return `${issuer}me/`;
}

/** The APIs that exist on one host, by audience, and what a client may have of each. */
export class Audiences {
  readonly #apis: Map<string, TenantApi>;

  constructor(apis: Map<string, TenantApi>) {
    this.#apis = apis;
  }

  /** Every scope of an API; none when there is no such API. */
  scopes(audience: string, issuer: string): string[] | undefined {
    return audience === myAccountAudience(issuer) ? MY_ACCOUNT_SCOPES : this.#apis.get(audience)?.scopes;
  }

  all(issuer: string): string[] {
    return [myAccountAudience(issuer), ...this.#apis.keys()];
  }

  /** The scopes a client may ask for on behalf of a user; none when it may not have the API at all. */
  userScopes(client: TenantClient, audience: string, issuer: string): string[] | undefined {
    const granted = grantedScopes(client, 'user', audience, issuer);
    if (audience === myAccountAudience(issuer)) {
      // A policy for My Account is worth a grant: nobody could use it otherwise.
      const policy = this.#policies(client, issuer).get(audience);
      return policy || granted ? [...new Set([...(policy ?? []), ...(granted ?? [])])] : undefined;
    }
    const api = this.#apis.get(audience);
    if (!api || api.userAccess === 'deny_all') return undefined;
    return api.userAccess === 'require_client_grant' ? granted : api.scopes;
  }

  /** The scopes a client may have for itself; none when it may not have the API at all. My Account is for users only. */
  clientScopes(client: TenantClient, audience: string, issuer: string): string[] | undefined {
    const api = this.#apis.get(audience);
    if (!api || api.clientAccess === 'deny_all') return undefined;
    return grantedScopes(client, 'client', audience, issuer);
  }

  /** What a client's refresh tokens may be used for on one host: audience to scopes. */
  refreshPolicy(client: TenantClient, issuer: string): Map<string, string[]> {
    const allowed = [...this.#policies(client, issuer)].flatMap(([audience, scopes]): [string, string[]][] => {
      const permitted = this.userScopes(client, audience, issuer);
      return permitted ? [[audience, scopes.filter((scope) => permitted.includes(scope))]] : [];
    });
    return new Map(allowed);
  }

  #policies(client: TenantClient, issuer: string): Map<string, string[]> {
    const policies = client.mrrtPolicies?.map(({ audience, scopes }) => ({
      audience: audienceNamed(audience, issuer),
      scopes,
    }));
    const everything = this.all(issuer).map((audience) => ({ audience, scopes: this.scopes(audience, issuer) ?? [] }));
    return new Map((policies ?? everything).map(({ audience, scopes }) => [audience, scopes]));
  }
}

function audienceNamed(audience: string, issuer: string): string {
  return audience === 'me/' ? myAccountAudience(issuer) : audience;
}

function grantedScopes(
  { clientGrants = [] }: TenantClient,
  wanted: 'client' | 'user',
  audience: string,
  issuer: string,
): string[] | undefined {
  return clientGrants.find(
    (grant) => (grant.subjectType ?? 'client') === wanted && audienceNamed(grant.audience, issuer) === audience,
  )?.scopes;
}
