import { BoundedMap } from '../../shared/bounded-map.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import type { SealedPlace } from '../../ports/token-cipher.js';
import type { SealedColumns } from './sealed-columns.js';

/** Those of the people who are active; a few megabytes. */
const MOST_VALUES = 5_000;

/**
 * Opens the sealed values of one column once for as long as their rows say the same: they are read with every request,
 * and deciphering them again would tell nothing new. It keeps no more from anybody who can read this process' memory,
 * where the key is.
 */
export class OpenedValues {
  readonly #opened = new BoundedMap<string, { readonly sealed: string; readonly plaintext: string }>(MOST_VALUES);

  constructor(private readonly columns: SealedColumns) {}

  /** Undefined for what cannot be opened. */
  open(sealed: string, place: SealedPlace): MaybePromise<string | undefined> {
    const known = this.#opened.get(place.row);
    if (known?.sealed === sealed) return known.plaintext;
    return andThen(this.columns.open(sealed, place), (plaintext) => {
      if (plaintext !== undefined) this.#opened.set(place.row, { sealed, plaintext });
      return plaintext;
    });
  }
}
