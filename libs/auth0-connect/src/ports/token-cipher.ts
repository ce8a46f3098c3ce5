/** Where a sealed value lives. Bound to it: copied to another row or column, it does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** Seals what is stored. Give another one (a KMS) in place of the default, which derives its keys from `secret`. */
export interface TokenCipher {
  seal(plaintext: string, place: SealedPlace): string | Promise<string>;
  /** @throws UnreadableValueError when it was not sealed here, for this place, with a known secret */
  open(sealed: string, place: SealedPlace): string | Promise<string>;
  /** Whether a value is sealed as `seal` would seal it now. Without it, `reseal()` seals every value anew. */
  isCurrent?(sealed: string): boolean;
}

/** A sealed value does not open. Its message names the place and never the value. */
export class UnreadableValueError extends Error {
  constructor(place: SealedPlace, reason: string) {
    super(`${place.table}.${place.column} of row ${place.row} cannot be opened: ${reason}`);
    this.name = 'UnreadableValueError';
  }
}
