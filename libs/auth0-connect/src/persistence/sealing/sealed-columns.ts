import { Logger } from '@nestjs/common';
import { CipherUnavailableError } from '../../errors/index.js';
import { UnreadableValueError, type SealedPlace, type TokenCipher } from '../../ports/token-cipher.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { ONCE, OnceAMinute } from '../../shared/once-a-minute.js';

/**
 * Seals and opens columns for the stores. What can never be opened counts as absent; a cipher that does not answer is told as
 * such, and logs nobody out. Both are logged once a minute: with a lost secret it is every row.
 */
export class SealedColumns {
  private readonly logger = new Logger('Auth0Connect');
  private readonly saying = new OnceAMinute();

  constructor(private readonly cipher: TokenCipher) {}

  /** @throws CipherUnavailableError */
  async sealText(plaintext: string, place: SealedPlace): Promise<string> {
    try {
      return await this.cipher.seal(plaintext, place);
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  /** @throws CipherUnavailableError */
  async seal(plaintext: string | undefined, place: SealedPlace): Promise<string | null> {
    return plaintext === undefined ? null : this.sealText(plaintext, place);
  }

  /** Undefined for what can never be opened. @throws CipherUnavailableError */
  open(sealed: string | null, place: SealedPlace): MaybePromise<string | undefined> {
    if (sealed === null) return undefined;
    try {
      const opened = this.cipher.open(sealed, place);
      if (typeof opened === 'string') return opened;
      // An application's own cipher may give any kind of promise.
      return Promise.resolve(opened).catch((error: unknown) => this.notOpened(error, place));
    } catch (error) {
      return this.notOpened(error, place);
    }
  }

  private notOpened(error: unknown, place: SealedPlace): undefined {
    if (!(error instanceof UnreadableValueError)) throw this.unavailable(error);
    if (this.saying.isDue(`${place.table}.${place.column}: ${error.reason}`)) {
      this.logger.warn(`${error.message}. Its owner has to log in or connect again. ${ONCE}`);
    }
    return undefined;
  }

  private unavailable(error: unknown): CipherUnavailableError {
    const cause = withoutValues(error);
    const told = new CipherUnavailableError({ cause });
    if (this.saying.isDue(told.code)) {
      this.logger.warn(`${told.code}: The tokenCipher does not answer: ${cause.message}. ${ONCE}`);
    }
    return told;
  }
}

/** What an application's cipher throws may repeat what it was given: its name and code are all that is told. */
function withoutValues(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure');
  const { name, code } = error as Error & { readonly code?: unknown };
  return new Error(typeof code === 'string' ? `${name} ${code}` : name);
}
