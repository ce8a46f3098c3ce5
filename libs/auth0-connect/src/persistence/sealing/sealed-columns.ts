import { Logger } from '@nestjs/common';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { UnreadableValueError, type SealedPlace, type TokenCipher } from '../../ports/token-cipher.js';

/** Opens sealed columns for the stores: what cannot be opened counts as absent, and is logged once. */
export class SealedColumns {
  private readonly logger = new Logger('Auth0Connect');
  private readonly reported = new Set<string>();

  constructor(private readonly cipher: TokenCipher) {}

  async sealText(plaintext: string, place: SealedPlace): Promise<string> {
    return this.cipher.seal(plaintext, place);
  }

  async seal(plaintext: string | undefined, place: SealedPlace): Promise<string | null> {
    return plaintext === undefined ? null : this.cipher.seal(plaintext, place);
  }

  open(sealed: string | null, place: SealedPlace): MaybePromise<string | undefined> {
    if (sealed === null) return undefined;
    try {
      const opened = this.cipher.open(sealed, place);
      if (typeof opened === 'string') return opened;
      // An application's own cipher may give any kind of promise.
      return Promise.resolve(opened).catch((error: unknown) => this.absent(error, place));
    } catch (error) {
      return this.absent(error, place);
    }
  }

  private absent(error: unknown, place: SealedPlace): undefined {
    const name = `${place.table}.${place.column}.${place.row}`;
    if (this.reported.has(name)) return undefined;
    // At most 1000 rows are named: with a lost secret every row is unreadable.
    if (this.reported.size < 1000) this.reported.add(name);
    else return undefined;
    const reason = error instanceof UnreadableValueError ? error.message : `${name} cannot be opened`;
    this.logger.warn(`${reason}. Its owner has to log in or connect again`);
    return undefined;
  }
}
