import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { randomId } from '../identifiers.js';

/** A private RS256 key with its id. */
export type SigningKey = JWK & { kid: string };

// Making a key takes a fifth of a second, which suites that start a tenant for each test would wait for again and again.
const spare: SigningKey[] = [];

/** The keys the tenant signs with: the first one signs, all are published. */
export class SigningKeys {
  #keys: SigningKey[] = [];
  #isReleased = false;

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
    const key = spareKey() ?? (await newKey());
    this.#keys = keepPrevious ? [key, ...this.#keys.slice(0, 1)] : [key];
    return key;
  }

  /** Leaves its keys to a tenant that starts later in this process: no two that run sign with the same one. */
  release(): void {
    if (!this.#isReleased) spare.push(...this.#keys);
    this.#isReleased = true;
  }
}

/** Under an id of its own, as a new one has it: nothing that was signed before counts. */
function spareKey(): SigningKey | undefined {
  const key = spare.pop();
  return key && { ...key, kid: randomId(21) };
}

/** A fresh RS256 signing key. */
export async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomId(21), use: 'sig', alg: 'RS256' };
}
