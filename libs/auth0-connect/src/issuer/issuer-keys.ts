import type { CryptoKey, JWSHeaderParameters } from 'jose';

export const ISSUER_KEYS = Symbol('auth0-connect:signing-keys');

/** The public keys that a domain signs with. */
export interface IssuerKeys {
  /**
   * @param issuerOrigin the domain, as an origin
   * @param options.mustBeCurrent an error in place of undefined, where the key may have been published only a moment ago
   * @returns undefined when the domain has no such key
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when its keys cannot be read
   */
  find(
    issuerOrigin: string,
    header: JWSHeaderParameters,
    options?: { mustBeCurrent?: boolean },
  ): Promise<CryptoKey | undefined>;

  /**
   * The set that `find` looks in right now: the same object for as long as it is in use.
   * @returns undefined when `find` would read the keys first
   */
  currentSet(issuerOrigin: string): object | undefined;
}
