/** Where a domain, as an origin, has the metadata of its issuer: OpenID Connect Discovery 1.0, section 4. */
export const METADATA_PATH = '/.well-known/openid-configuration';

/** The issuer of a domain, which is given as an origin: Auth0's has a slash at the end. */
export function issuerOf(issuerOrigin: string): string {
  return `${issuerOrigin}/`;
}
