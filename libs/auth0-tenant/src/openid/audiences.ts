import type { TenantApi, TenantClient } from '../options.js';
import { MY_ACCOUNT_SCOPES } from '../my-account/scopes.js';

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

/** The APIs that exist on one host, by audience, each with its scopes. */
export class Audiences {
  readonly #apis: Map<string, TenantApi>;

  constructor(apis: Map<string, TenantApi>) {
    this.#apis = apis;
  }

  scopes(audience: string, issuer: string): string[] | undefined {
    return audience === myAccountAudience(issuer) ? MY_ACCOUNT_SCOPES : this.#apis.get(audience)?.scopes;
  }

  all(issuer: string): string[] {
    return [myAccountAudience(issuer), ...this.#apis.keys()];
  }

  /** What a client's refresh tokens may be used for on one host: audience to scopes. */
  refreshPolicy(client: TenantClient, issuer: string): Map<string, string[]> {
    const policies = client.mrrtPolicies?.map(({ audience, scopes }) => ({
      audience: audience === 'me/' ? myAccountAudience(issuer) : audience,
      scopes,
    }));
    const everything = this.all(issuer).map((audience) => ({ audience, scopes: this.scopes(audience, issuer) ?? [] }));
    return new Map((policies ?? everything).map(({ audience, scopes }) => [audience, scopes]));
  }
}
