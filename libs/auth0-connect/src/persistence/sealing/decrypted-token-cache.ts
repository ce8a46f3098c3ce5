import { BoundedMap } from '../../shared/bounded-map.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import type { SealedPlace } from '../../ports/token-cipher.js';
import type { SealedColumns } from './sealed-columns.js';

/** Those of the people who are active; a few megabytes. */
const MOST_TOKENS = 5_000;

/**
 * Opens a sealed token once for as long as its row says the same: the row is read with every request, deciphering it
 * again would tell nothing new. It keeps no more from anybody who can read this process' memory, where the key is.
 */
export class DecryptedTokenCache {
  private readonly opened = new BoundedMap<string, { readonly sealed: string; readonly token: string }>(MOST_TOKENS);

  constructor(private readonly columns: SealedColumns) {}

  /** Undefined for what cannot be opened. */
  open(sealed: string, place: SealedPlace): MaybePromise<string | undefined> {
    const known = this.opened.get(place.row);
    if (known?.sealed === sealed) return known.token;
    return andThen(this.columns.open(sealed, place), (token) => {
      if (token !== undefined) this.opened.set(place.row, { sealed, token });
      return token;
    });
  }
}
