import type { CryptoKey, JWSHeaderParameters } from 'jose';

export const SIGNING_KEYS = Symbol('auth0-connect:signing-keys');

/** The public keys that a domain signs with. */
export interface SigningKeys {
  /**
   * @param domain an origin
   * @returns undefined when the domain has no such key
   * @throws Auth0UnavailableError, InvalidAuth0ResponseError when its keys cannot be read
   */
  find(domain: string, header: JWSHeaderParameters): Promise<CryptoKey | undefined>;
}
