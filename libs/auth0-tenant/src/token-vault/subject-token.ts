import { createLocalJWKSet, jwtVerify } from 'jose';
import { epochSeconds } from '../identifiers.js';
import { OAuthError } from '../openid/oauth-error.js';
import { verificationKeys } from '../openid/verification-keys.js';
import type { TenantClient } from '../options.js';
import type { Tenant } from '../state/tenant.js';
import { readPrivilegedRequest } from './privileged-worker.js';
import { ACCESS_TOKEN, JWT, REFRESH_TOKEN, type Subject } from './subject.js';
import { assertNoRotation } from './vault-clients.js';
import { textOf } from '../values.js';

/** Finds out for whom a subject token speaks, or refuses it. */
export async function readSubject(
  tenant: Tenant,
  issuer: string,
  client: TenantClient,
  { subjectToken, subjectTokenType }: { subjectToken: string; subjectTokenType: string },
): Promise<Subject> {
  if (subjectTokenType === REFRESH_TOKEN) return ofRefreshToken(tenant, client, subjectToken);
  if (subjectTokenType === ACCESS_TOKEN) return ofAccessToken(tenant, issuer, client, subjectToken);
  if (subjectTokenType === JWT) return readPrivilegedRequest(tenant, issuer, client, subjectToken);
  throw new OAuthError(400, 'invalid_request', `Unsupported subject_token_type: ${subjectTokenType}`);
}

function ofRefreshToken(tenant: Tenant, client: TenantClient, token: string): Subject {
  assertNoRotation(client);
  const stored = tenant.store.get('RefreshToken', token);
  const isAlive = stored && !stored.consumed && (stored.exp ?? 0) > epochSeconds();
  if (!isAlive || stored.clientId !== client.clientId || !tenant.users.has(stored.accountId ?? '')) {
    throw invalidSubject('Unknown or invalid refresh token.');
  }
  const organization = tenant.store.authorization(stored.grantId)?.organization;
  return { userId: stored.accountId!, organization, thumbprint: textOf(stored.jkt) };
}

async function ofAccessToken(tenant: Tenant, issuer: string, client: TenantClient, token: string): Promise<Subject> {
  if (client.api === undefined) {
    throw new OAuthError(
      403,
      'unauthorized_client',
      'Only the client linked to an API may exchange its access tokens.',
    );
  }
  try {
    const keys = createLocalJWKSet(verificationKeys(tenant));
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: client.api,
      algorithms: ['RS256'],
      currentDate: new Date(Date.now()),
    });
    if (!tenant.users.has(payload.sub ?? '')) throw new Error('not the token of a user');
    return { userId: payload.sub!, organization: textOf(payload.org_id) };
  } catch (cause) {
    throw invalidSubject('The access token is invalid, expired or for another API.', cause);
  }
}

function invalidSubject(description: string, cause?: unknown): OAuthError {
  const error = new OAuthError(401, 'invalid_grant', description);
  error.cause = cause;
  return error;
}
