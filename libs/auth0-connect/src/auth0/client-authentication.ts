import { webcrypto } from 'node:crypto';
import { types } from 'node:util';
import type { CryptoKey } from 'jose';
import * as openid from 'openid-client';
import type { ClientAuth } from '../options/client-auth.js';
import type { SigningAlgorithm, ClientSigningKey } from '../options/client-signing-keys.js';

/** How openid-client authenticates every call of this client: token endpoint, PAR, revocation and the like. */
export async function clientAuthentication(
  auth: ClientAuth,
): Promise<{ authentication: openid.ClientAuth; metadata: Partial<openid.ClientMetadata> }> {
  switch (auth.method) {
    case 'client_secret_post':
      return { authentication: openid.ClientSecretPost(auth.clientSecret), metadata: {} };
    case 'client_secret_basic':
      return { authentication: openid.ClientSecretBasic(auth.clientSecret), metadata: {} };
    case 'private_key_jwt': {
      const [{ keyId: kid }] = auth.keys;
      // A fresh assertion for each call, its audience the issuer.
      return { authentication: openid.PrivateKeyJwt({ key: await toCryptoKey(auth.keys[0]), kid }), metadata: {} };
    }
    default:
      return { authentication: openid.TlsClientAuth(), metadata: { use_mtls_endpoint_aliases: true } };
  }
}

async function toCryptoKey({ key, algorithm }: ClientSigningKey): Promise<CryptoKey> {
  if (types.isCryptoKey(key)) return key;
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, importParameters(algorithm), false, ['sign']);
}

function importParameters(algorithm: SigningAlgorithm): webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams {
  const bits = algorithm.slice(2);
  if (algorithm.startsWith('ES')) return { name: 'ECDSA', namedCurve: bits === '512' ? 'P-521' : `P-${bits}` };
  return { name: algorithm.startsWith('PS') ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: `SHA-${bits}` };
}
