import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { UnreadableValueError, type SealedPlace, type TokenCipher } from '../../ports/token-cipher.js';

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LOST_SECRET =
  'it was sealed with a secret that is not configured, and opens with it at the end of the list of the option "secret"';

interface Key {
  readonly id: string;
  readonly key: Uint8Array;
}

/**
 * AES-256-GCM. Envelope: `v1.<key id>.<base64url of iv, ciphertext and tag>`; the place is the associated data. Keys
 * and their ids are derived from the secrets by HKDF-SHA256 (RFC 5869), once.
 */
export class KeyRingCipher implements TokenCipher {
  readonly #sealing: Key;
  readonly #opening: ReadonlyMap<string, Uint8Array>;

  /** @param secrets the first seals, all open */
  constructor(secrets: readonly [string, ...string[]] | readonly string[]) {
    const keys = secrets.map(deriveKey);
    if (!keys[0]) throw new TypeError('a key ring needs a secret');
    this.#sealing = keys[0];
    this.#opening = new Map(keys.map(({ id, key }) => [id, key]));
  }

  seal(plaintext: string, place: SealedPlace): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealing.key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(place));
    const sealed = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${this.#sealing.id}.${sealed.toString('base64url')}`;
  }

  open(sealed: string, place: SealedPlace): string {
    const [version, keyId, payload, ...rest] = sealed.split('.');
    if (version !== VERSION || keyId === undefined || payload === undefined || rest.length > 0) {
      throw new UnreadableValueError(place, 'it is not an envelope');
    }
    const key = this.#opening.get(keyId);
    if (!key) throw new UnreadableValueError(place, LOST_SECRET);
    const bytes = Buffer.from(payload, 'base64url');
    // Buffer skips what it does not know: only the one encoding of the bytes is good.
    if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== payload) {
      throw new UnreadableValueError(place, 'it is damaged');
    }
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const opened = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]).toString('utf8');
    } catch {
      throw new UnreadableValueError(place, 'it is damaged, or was moved here from another place');
    }
  }

  /** Whether a value was sealed with the first secret. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${VERSION}.${this.#sealing.id}.`);
  }
}

function associatedData({ table, column, row }: SealedPlace): Buffer {
  return Buffer.from(`${table}\0${column}\0${row}`);
}

function deriveKey(secret: string): Key {
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `nestjs-auth0-connect ${info}`, length));
  return { id: derive('key id', 6).toString('base64url'), key: derive('aes-256-gcm', 32) };
}
