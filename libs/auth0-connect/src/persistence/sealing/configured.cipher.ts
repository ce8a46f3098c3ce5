import type { ResolvedOptions } from '../../options/resolved-options.js';
import type { SealedPlace, TokenCipher } from '../../ports/token-cipher.js';
import { placeOfSession } from '../tables.js';
import { KeyRingCipher } from './key-ring.cipher.js';

/**
 * What is secret is sealed by the application's cipher where it has one. Who a session is of goes by `secret` in any case:
 * a KMS that does not answer logs nobody out, and is not asked on a request that needs no token.
 */
export class ConfiguredCipher implements TokenCipher {
  private readonly sessions: TokenCipher;
  private readonly tokens: TokenCipher;

  constructor({ secrets, tokenCipher }: Pick<ResolvedOptions, 'secrets' | 'tokenCipher'>) {
    this.sessions = new KeyRingCipher(secrets);
    this.tokens = tokenCipher ?? this.sessions;
  }

  seal(plaintext: string, place: SealedPlace): string | Promise<string> {
    return this.of(place).seal(plaintext, place);
  }

  open(sealed: string, place: SealedPlace): string | Promise<string> {
    return this.of(place).open(sealed, place);
  }

  isCurrent(sealed: string): boolean {
    return (this.sessions.isCurrent?.(sealed) ?? false) || (this.tokens.isCurrent?.(sealed) ?? false);
  }

  private of({ table, column, row }: SealedPlace): TokenCipher {
    const place = placeOfSession(row);
    return table === place.table && column === place.column ? this.sessions : this.tokens;
  }
}
