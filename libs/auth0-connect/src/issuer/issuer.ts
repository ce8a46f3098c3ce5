/** The issuer of a domain, which is given as an origin: Auth0's has a slash at the end. */
export function issuerOf(issuerOrigin: string): string {
  return `${issuerOrigin}/`;
}
