import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { TenantClient } from 'auth0-local-tenant';
import type { JWK } from 'jose';
import { CLIENT, type TestApp } from './test-app.js';

export interface ClientKey {
  /** PEM. */
  readonly privateKey: string;
  readonly publicKey: JWK;
}

/** A key pair of a client, the private half as a developer gets it from OpenSSL. */
export function clientKey(kid: string, alg = 'RS256'): ClientKey {
  const pair = alg.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { privateKey, publicKey: { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

/** Registers the application with other credentials than a secret, or with more demands. */
export function register(test: TestApp, client: Partial<TenantClient>): void {
  test.tenant.addClient({
    ...CLIENT,
    redirectUris: [test.at('/auth/callback')],
    logoutUrls: [test.url, `${test.url}/`],
    ...client,
  });
}
