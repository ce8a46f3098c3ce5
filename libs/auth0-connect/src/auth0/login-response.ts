import type * as openid from 'openid-client';
import { Auth0MisconfiguredError, InvalidAuth0ResponseError } from '../errors/index.js';
import type { LoginResponse } from '../login/ports.js';
import type { TokenResponse } from '../session/ports.js';
import { expiresInOf, keepable } from './received.js';

type Response = openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers;

const DOWNGRADED =
  'Auth0 gave a bearer token where one bound by DPoP was asked for, and it was not kept. Switch on DPoP as the sender constraint of the API and the application, or leave out the option "dpop"';

/** @param dpopKey that the request was made with: a token that is not bound to it would be good in anybody's hands */
export function toTokenResponse(operation: string, response: Response, dpopKey?: string): TokenResponse {
  const isBound = response.token_type === 'dpop';
  if (isBound && dpopKey === undefined) {
    throw new InvalidAuth0ResponseError(operation, 'its access token is bound to a key that was not asked for');
  }
  if (!isBound && dpopKey !== undefined) throw new Auth0MisconfiguredError(operation, DOWNGRADED);
  return {
    accessToken: keepable(operation, 'access_token', response.access_token),
    tokenType: isBound ? 'DPoP' : 'Bearer',
    dpopKey,
    expiresIn: expiresInOf(operation, response),
    scope: response.scope && keepable(operation, 'scope', response.scope),
    refreshToken: response.refresh_token && keepable(operation, 'refresh_token', response.refresh_token),
    idToken: response.id_token,
    claims: response.claims(),
  };
}

/** @throws InvalidAuth0ResponseError when there is no ID token, and so nobody logged in */
export function toLoginResponse(operation: string, response: Response, dpopKey?: string): LoginResponse {
  const { id_token: idToken } = response;
  const claims = response.claims();
  if (!idToken || !claims) throw new InvalidAuth0ResponseError(operation, 'there is no ID token');
  return { ...toTokenResponse(operation, response, dpopKey), idToken, claims };
}
