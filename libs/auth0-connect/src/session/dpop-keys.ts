import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { InvalidRequestError } from '../errors/index.js';
import { randomToken } from '../shared/random.js';

const ALGORITHM = 'ES256';

/**
 * The request that a proof is for.
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.2
 */
export interface DpopProofRequest {
  /** As it is sent, such as `GET`. */
  method: string;
  /** Absolute. Its query and fragment are no part of the proof. */
  url: string | URL;
  /** The token that goes with the proof. */
  accessToken: string;
  /** What the API gave in `DPoP-Nonce`, if it asks for one. */
  nonce?: string;
}

/** A new key pair for DPoP, its private half included: a JWK as JSON. */
export async function newDpopKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

/** `jkt` of a key, RFC 7638 and RFC 9449 section 6.1. */
export function dpopThumbprintOf(key: string): Promise<string> {
  return calculateJwkThumbprint(JSON.parse(key) as JWK);
}

/** The public half of a key. */
export function publicDpopKeyOf(key: string): JWK {
  const { kty, crv, x, y } = JSON.parse(key) as JWK;
  return { kty, crv, x, y };
}

/**
 * A proof that whoever sends this request holds the key, RFC 9449 section 4.2. Good for one request.
 * @param now milliseconds since the epoch
 */
export async function dpopProof(
  key: string,
  { method, url, accessToken, nonce }: DpopProofRequest,
  now: number,
): Promise<string> {
  return new SignJWT({
    jti: randomToken(),
    htm: method,
    htu: targetOf(url),
    ath: createHash('sha256').update(accessToken).digest('base64url'),
    ...(nonce !== undefined && { nonce }),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: ALGORITHM, jwk: publicDpopKeyOf(key) })
    .setIssuedAt(Math.floor(now / 1000))
    .sign(await importJWK(JSON.parse(key) as JWK, ALGORITHM));
}

function targetOf(url: string | URL): string {
  const target = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (!target || !['https:', 'http:'].includes(target.protocol)) {
    throw new InvalidRequestError('url', 'must be an absolute URL, such as "https://api.example.com/orders"');
  }
  return `${target.origin}${target.pathname}`;
}
