import { decodeJwt } from 'jose';
import { InvalidAuth0ResponseError } from '../errors/index.js';

export type AccessTokenClaims = ReturnType<typeof decodeJwt>;

/**
 * The claims of an access token that is a JWT; undefined for an opaque one. Its signature is for the API that it is for.
 * @throws InvalidAuth0ResponseError
 */
export function accessTokenClaims(accessToken: string): AccessTokenClaims | undefined {
  if (accessToken.split('.').length !== 3) return undefined;
  try {
    return decodeJwt(accessToken);
  } catch (cause) {
    throw new InvalidAuth0ResponseError('refresh', 'the access token looks like a JWT and is none', { cause });
  }
}
