import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { randomId } from '../identifiers.js';

/** A private RS256 key with its id. */
export type SigningKey = JWK & { kid: string };

/** The keys the tenant signs with: the first one signs, all are published. */
export class SigningKeys {
  #keys: SigningKey[] = [];

  static async generate(): Promise<SigningKeys> {
    const keys = new SigningKeys();
    await keys.rotate();
    return keys;
  }

  get all(): readonly SigningKey[] {
    return this.#keys;
  }

  get current(): SigningKey {
    return this.#keys[0]!;
  }

  /** Makes a new key the signing one. Keeps publishing the one before, as Auth0 does, unless told otherwise. */
  async rotate({ keepPrevious = true }: { keepPrevious?: boolean } = {}): Promise<SigningKey> {
    const key = await newKey();
    this.#keys = keepPrevious ? [key, ...this.#keys.slice(0, 1)] : [key];
    return key;
  }
}

/** A fresh RS256 signing key. */
export async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomId(21), use: 'sig', alg: 'RS256' };
}
