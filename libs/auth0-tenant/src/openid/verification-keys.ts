import type { JSONWebKeySet, JWK } from 'jose';
import type { Tenant } from '../state/tenant.js';

/** The tenant's keys as anybody may see them. */
export function verificationKeys(tenant: Tenant): JSONWebKeySet {
  return { keys: tenant.keys.all.map(publicPart) };
}

/** A key without its private parts. */
export function publicPart(key: JWK): JWK {
  const { kty, n, e, kid, use, alg } = key;
  return { kty, n, e, kid, use, alg };
}
