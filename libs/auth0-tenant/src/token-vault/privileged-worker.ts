import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { epochSeconds } from '../identifiers.js';
import { OAuthError } from '../openid/oauth-error.js';
import type { TenantClient } from '../options.js';
import type { Tenant } from '../state/tenant.js';
import type { Subject } from './subject.js';

const TYPE = 'token-vault-req+jwt';
const MAX_AGE_SECONDS = 60;

/** Reads the request of a privileged worker: a JWT it signed itself, which names a user without the user's token. */
export async function readPrivilegedRequest(
  tenant: Tenant,
  issuer: string,
  client: TenantClient,
  token: string,
): Promise<Subject> {
  const access = client.privilegedWorker;
  if (!client.jwks || !access) {
    throw new OAuthError(403, 'unauthorized_client', 'This client may not act as a privileged worker.');
  }
  const payload = await verify(issuer, client, client.jwks, token);
  const { iat, jti, sub, audit_context: auditContext, org_id: organization } = payload;
  if (typeof iat !== 'number' || Math.abs(epochSeconds() - iat) > MAX_AGE_SECONDS) throw refused('iat is not recent');
  if (typeof auditContext !== 'string' || auditContext.length < 1 || auditContext.length > 256) {
    throw refused('audit_context must have 1 to 256 characters');
  }
  if (organization !== undefined && typeof organization !== 'string') throw refused('org_id must be a string');
  if (typeof sub !== 'string' || !tenant.users.has(sub)) throw refused('sub is not a user');
  if (organization !== undefined && !tenant.organizations.get(organization)?.members.includes(sub)) {
    throw refused('sub is not a member of the organization');
  }
  if (typeof jti !== 'string' || jti === '') throw refused('jti is missing');
  if (!tenant.assertionIds.useOnce(`${client.clientId} ${jti}`, iat + MAX_AGE_SECONDS * 2)) {
    throw refused('jti was used before');
  }
  return { userId: sub, organization, worker: access };
}

async function verify(issuer: string, client: TenantClient, keys: JSONWebKeySet, token: string): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
      typ: TYPE,
      algorithms: ['RS256'],
      issuer: client.clientId,
      audience: issuer,
      currentDate: new Date(Date.now()),
    });
    // jose takes "application/token-vault-req+jwt" and any case for the same type; the contract names one.
    if (protectedHeader.typ !== TYPE) throw new Error(`typ must be ${TYPE}`);
    return payload;
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : 'it is not valid', cause);
  }
}

function refused(reason: string, cause?: unknown): OAuthError {
  const error = new OAuthError(401, 'invalid_grant', `Invalid subject_token: ${reason}`);
  error.cause = cause;
  return error;
}
