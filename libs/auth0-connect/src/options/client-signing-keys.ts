import { createPrivateKey, type KeyObject } from 'node:crypto';
import { types } from 'node:util';
import type { CryptoKey, JWK } from 'jose';

const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const EC_ALGORITHMS = ['ES256', 'ES384', 'ES512'] as const;
const CURVES: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
};
const FEWEST_RSA_BITS = 2048;

/**
 * How a JWT is signed.
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-3.1
 */
export type SigningAlgorithm = (typeof RSA_ALGORITHMS)[number] | (typeof EC_ALGORITHMS)[number];

/** A private key: PEM, a JWK, or a `CryptoKey` that may sign. */
export type PrivateKey = string | JWK | CryptoKey;

/** A private key with what a JWT's header says of it. */
export interface NamedPrivateKey {
  /** PEM without a passphrase, a JWK or a `CryptoKey`. */
  key: PrivateKey;
  /** `kid`: the id that Auth0 shows for the public key. Default: a JWK's own `kid`. */
  keyId?: string;
  /** Default: what a JWK or `CryptoKey` says, else `RS256` for an RSA key and the one that fits for an EC key. */
  algorithm?: SigningAlgorithm;
}

const NAMES: Readonly<Record<keyof NamedPrivateKey, true>> = { key: true, keyId: true, algorithm: true };

/** A private key that was read and found fit to sign. */
export interface ClientSigningKey {
  readonly key: KeyObject | CryptoKey;
  readonly keyId: string | undefined;
  readonly algorithm: SigningAlgorithm;
}

/**
 * Reads one key or a list of them, and adds to `problems` what is wrong. What is said of a key never holds the key.
 * @param name of the option
 * @param named `keyId` and `algorithm` for a single key
 */
export function readClientSigningKeys(
  name: string,
  given: unknown,
  named: { keyId?: unknown; algorithm?: unknown },
  problems: string[],
): ClientSigningKey[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) problems.push(`${name} is an empty list`);
  if (list.length > 1 && (named.keyId !== undefined || named.algorithm !== undefined)) {
    problems.push(`${name} is a list: give keyId and algorithm with each key, as { key, keyId, algorithm }`);
  }
  const keys = list.map((item, index) => {
    const at = Array.isArray(given) ? `${name}[${index}]` : name;
    if (isDescribed(item)) problems.push(...unknownNames(at, item));
    const described = isDescribed(item) ? item : { key: item, ...(list.length === 1 && named) };
    return readSigningKey(at, described, problems);
  });
  const ids = keys.map((key) => key?.keyId);
  if (keys.length > 1 && (ids.includes(undefined) || new Set(ids).size !== ids.length) && !keys.includes(undefined)) {
    problems.push(`${name} is a list: each key needs a keyId of its own, so that Auth0 can tell them apart`);
  }
  return keys.filter((key) => key !== undefined);
}

function unknownNames(name: string, given: object): string[] {
  return Object.keys(given)
    .filter((key) => !Object.hasOwn(NAMES, key))
    .map((key) => `${name}.${key} is not an option; there are ${Object.keys(NAMES).join(', ')}`);
}

function readSigningKey(
  name: string,
  { key: given, keyId, algorithm }: { key?: unknown; keyId?: unknown; algorithm?: unknown },
  problems: string[],
): ClientSigningKey | undefined {
  const jwk = isJwk(given) ? given : undefined;
  const id = keyId ?? jwk?.kid;
  if (id !== undefined && (typeof id !== 'string' || id === '')) problems.push(`${name}: keyId must be a string`);
  const key = toKey(given);
  if (key === undefined) {
    problems.push(`${name} cannot be read: it must be a private key as PEM without a passphrase, a JWK or a CryptoKey`);
    return undefined;
  }
  const possible = algorithmsOf(key);
  if (possible.length === 0) {
    problems.push(
      `${name} cannot sign: it must be RSA of at least ${FEWEST_RSA_BITS} bits, or EC on P-256, P-384 or P-521`,
    );
    return undefined;
  }
  const wanted = algorithm ?? jwk?.alg;
  const chosen = wanted === undefined ? possible[0] : possible.find((candidate) => candidate === wanted);
  if (chosen === undefined) {
    problems.push(`${name}: algorithm must be one that fits the key: ${possible.join(', ')}`);
    return undefined;
  }
  return { key, keyId: typeof id === 'string' ? id : undefined, algorithm: chosen };
}

function toKey(given: unknown): KeyObject | CryptoKey | undefined {
  if (types.isCryptoKey(given)) return given.type === 'private' && given.usages.includes('sign') ? given : undefined;
  try {
    if (typeof given === 'string') return createPrivateKey(given);
    return isJwk(given) ? createPrivateKey({ key: given, format: 'jwk' }) : undefined;
  } catch {
    return undefined; // an error of OpenSSL says nothing more that would help, and might show the key
  }
}

/** The default one first. */
function algorithmsOf(key: KeyObject | CryptoKey): readonly SigningAlgorithm[] {
  if (types.isCryptoKey(key)) return algorithmsOfCryptoKey(key);
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return modulusLength >= FEWEST_RSA_BITS ? RSA_ALGORITHMS : [];
  const algorithm = key.asymmetricKeyType === 'ec' ? CURVES[namedCurve] : undefined;
  return algorithm === undefined ? [] : [algorithm];
}

/** A `CryptoKey` is made for one algorithm. */
function algorithmsOfCryptoKey({ algorithm }: CryptoKey): readonly SigningAlgorithm[] {
  const { name, hash, namedCurve, modulusLength } = algorithm as {
    name: string;
    hash?: { name: string };
    namedCurve?: string;
    modulusLength?: number;
  };
  if (name === 'ECDSA') return [CURVES[namedCurve ?? '']].filter((found) => found !== undefined);
  const family = { 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS' }[name];
  if (family === undefined || (modulusLength ?? 0) < FEWEST_RSA_BITS) return [];
  return RSA_ALGORITHMS.filter((candidate) => candidate === `${family}${hash?.name.replace('SHA-', '')}`);
}

function isDescribed(value: unknown): value is { key: unknown; keyId?: unknown; algorithm?: unknown } {
  return typeof value === 'object' && value !== null && !types.isCryptoKey(value) && Object.hasOwn(value, 'key');
}

function isJwk(value: unknown): value is JWK {
  return typeof value === 'object' && value !== null && !types.isCryptoKey(value) && Object.hasOwn(value, 'kty');
}
