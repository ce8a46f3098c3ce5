import { importJWK, SignJWT, type JWTPayload } from 'jose';
import { epochSeconds, randomId } from '../identifiers.js';
import type { Tenant } from '../state/tenant.js';
import { shapeAccessToken } from './access-token-shape.js';
import { permittedScopes } from './permissions.js';

/** An access token to be made without a login. */
export interface MintRequest {
  /** Whose token it is. Left out: the client's own, as of client credentials. */
  userId?: string;
  /** Default: the tenant's first client. */
  clientId?: string;
  /** Default: the tenant's first API. */
  audience?: string;
  /** Default: every scope of the API that the user may have. */
  scope?: string;
  organization?: string;
  /** Seconds; negative for a token that has expired already. Default: the lifetime of the tenant's access tokens. */
  expiresInSeconds?: number;
  /** Replaces or, with `undefined`, removes claims: for tokens that are to be refused, too. */
  claims?: Record<string, unknown>;
  /** Replaces header members. */
  header?: Record<string, unknown>;
}

/** What an access token is made of, with nothing left open. */
export interface AccessTokenSpec {
  issuer: string;
  userId?: string;
  clientId: string;
  audience: string;
  scope: string;
  grantId?: string;
  expiresInSeconds: number;
}

/** Makes any access token for an API, right or wrong, as the tenant would sign it. @internal */
export async function mint(tenant: Tenant, request: MintRequest): Promise<string> {
  const { userId, organization, claims, header } = request;
  const clientId = request.clientId ?? [...tenant.clients.keys()][0];
  const audience = request.audience ?? [...tenant.apis.keys()][0];
  if (clientId === undefined || audience === undefined) throw new Error('mint needs a clientId and an audience');
  if (userId !== undefined && !tenant.users.has(userId)) throw new Error(`no such user: ${userId}`);
  const api = tenant.apis.get(audience);
  const every = api ? permittedScopes(api, tenant.users.get(userId ?? '')) : [];
  const token = accessToken(tenant, {
    issuer: tenant.issuers[0]!,
    userId,
    clientId,
    audience,
    scope: request.scope ?? every.join(' '),
    expiresInSeconds: request.expiresInSeconds ?? tenant.lifetimes.accessToken,
  });
  const payload = { ...token.payload, ...(organization === undefined ? {} : { org_id: organization }), ...claims };
  return sign(tenant, { ...token.header, ...header }, payload);
}

/** The access token of a login that took place without a browser. @internal */
export async function signAccessToken(tenant: Tenant, spec: AccessTokenSpec): Promise<string> {
  const { header, payload } = accessToken(tenant, spec);
  return sign(tenant, header, payload);
}

function accessToken(tenant: Tenant, spec: AccessTokenSpec) {
  const { issuer, userId, clientId, audience, scope, grantId, expiresInSeconds } = spec;
  const now = epochSeconds();
  const token = {
    header: {} as Record<string, unknown>,
    payload: {
      jti: randomId(21),
      sub: userId ?? clientId,
      iat: now,
      exp: now + expiresInSeconds,
      scope: scope || undefined,
      client_id: clientId,
      iss: issuer,
      aud: audience,
    } as Record<string, unknown>,
  };
  shapeAccessToken(
    tenant,
    issuer,
    { kind: userId === undefined ? 'ClientCredentials' : 'AccessToken', grantId },
    token,
  );
  return token;
}

async function sign(tenant: Tenant, header: Record<string, unknown>, payload: JWTPayload): Promise<string> {
  const key = tenant.keys.current;
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header })
    .sign(await importJWK(key, 'RS256'));
}
