import type { JWTStructured } from 'oidc-provider';
import type { Tenant } from '../tenant.js';
import { textOf, words } from '../values.js';
import { permissionsClaim } from './permissions.js';

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
  const clientId = String(payload.client_id);
  const isOfClient = token.kind === 'ClientCredentials';
  const user = isOfClient ? undefined : tenant.users.get(String(payload.sub));
  const permissions = permissionsClaim(tenant.apis.get(textOf(payload.aud) ?? ''), user, words(payload.scope));
  payload.azp = clientId;
  if (isOfClient) {
    payload.sub = `${clientId}@clients`;
    payload.gty = 'client-credentials';
  } else {
    if (words(payload.scope).includes('openid')) payload.aud = [payload.aud, `${issuer}userinfo`];
    const organization = tenant.store.authorization(token.grantId)?.organization;
    if (organization !== undefined) payload.org_id = organization;
  }
  if (permissions) payload.permissions = permissions;
  Object.assign(payload, tenant.accessTokenClaims.get(user?.userId ?? clientId));
}
