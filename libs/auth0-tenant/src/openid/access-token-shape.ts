import type { JWTStructured } from 'oidc-provider';
import type { Tenant } from '../tenant.js';
import { words } from '../values.js';

/** What an access token is for, as far as its claims depend on it. */
export interface AccessTokenFacts {
  kind: string;
  grantId?: string;
}

/** Makes an access token's claims those of Auth0. */
export function shapeAccessToken(
  tenant: Tenant,
  issuer: string,
  token: AccessTokenFacts,
  { payload }: JWTStructured,
): void {
  payload.azp = payload.client_id;
  if (token.kind === 'ClientCredentials') {
    payload.sub = `${String(payload.client_id)}@clients`;
    payload.gty = 'client-credentials';
    return;
  }
  if (words(payload.scope).includes('openid')) payload.aud = [payload.aud, `${issuer}userinfo`];
  const organization = tenant.store.authorization(token.grantId)?.organization;
  if (organization !== undefined) payload.org_id = organization;
}
