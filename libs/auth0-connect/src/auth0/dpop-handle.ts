import { webcrypto } from 'node:crypto';
import type { JWK } from 'jose';
import * as openid from 'openid-client';
import { publicDpopKeyOf } from '../session/dpop-keys.js';
import type { DpopNonces } from './dpop-nonces.js';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' };

/**
 * What makes openid-client send proofs of a key. It answers a nonce challenge once; that the next call of any session
 * knows the nonce already is what `nonces` is for.
 */
export async function dpopHandle(
  configuration: openid.Configuration,
  key: string,
  nonces: DpopNonces,
): Promise<openid.DPoPHandle> {
  const { subtle } = webcrypto;
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('jwk', JSON.parse(key) as JWK, ES256, false, ['sign']),
    subtle.importKey('jwk', publicDpopKeyOf(key), ES256, true, ['verify']),
  ]);
  return openid.getDPoPHandle(
    configuration,
    { privateKey, publicKey },
    {
      [openid.modifyAssertion]: (_header, proof) => {
        if (typeof proof.htu === 'string') proof.nonce ??= nonces.get(proof.htu);
      },
    },
  );
}
