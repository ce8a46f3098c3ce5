import type { JWTStructured } from 'oidc-provider';
import type { Tenant } from '../state/tenant.js';
import { textOf, words } from '../values.js';
import { permissionsClaim } from './permissions.js';

/** What an access token is for, as far as its claims depend on it. */
export interface AccessTokenFacts {
  kind: string;
  grantId?: string;
}

/** Makes an access token's claims those of Auth0, in the profile its API has chosen. */
export function shapeAccessToken(tenant: Tenant, issuer: string, token: AccessTokenFacts, jwt: JWTStructured): void {
  const { payload } = jwt;
  const api = tenant.apis.get(textOf(payload.aud) ?? '');
  const clientId = String(payload.client_id);
  const isOfClient = token.kind === 'ClientCredentials';
  const user = isOfClient ? undefined : tenant.users.get(String(payload.sub));
  const permissions = permissionsClaim(api, user, words(payload.scope));
  if (api?.accessTokenProfile !== 'rfc9068') useAuth0Profile(jwt, isOfClient);
  if (isOfClient) {
    payload.sub = `${clientId}@clients`;
  } else {
    if (words(payload.scope).includes('openid')) payload.aud = [payload.aud, `${issuer}userinfo`];
    const organization = tenant.store.authorization(token.grantId)?.organization;
    if (organization !== undefined) payload.org_id = organization;
  }
  if (permissions) payload.permissions = permissions;
  Object.assign(payload, tenant.accessTokenClaims.get(user?.userId ?? clientId));
}

/** Auth0's own profile; the other one is RFC 9068, which oidc-provider follows. */
function useAuth0Profile(jwt: JWTStructured, isOfClient: boolean): void {
  const { payload } = jwt;
  payload.azp = payload.client_id;
  if (isOfClient) payload.gty = 'client-credentials';
  delete payload.client_id;
  delete payload.jti;
  jwt.header = { ...jwt.header, typ: 'JWT' };
}
