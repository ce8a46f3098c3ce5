/** Where a sealed value lives. Bound to it: copied to another row or column, it does not open. */
export interface SealedPlace {
  /** Name of the table, without prefix: `sessions`, `connection_tokens` ... */
  readonly table: string;
  /** Name of the column. */
  readonly column: string;
  /** The row's primary key, its parts joined by a dot. */
  readonly row: string;
}

/** Seals what is stored. Give another one (a KMS) in place of the default, which derives its keys from `secret`. */
export interface TokenCipher {
  /**
   * Seals a value for its place.
   * @returns text that `open` opens for this place and for no other
   * @throws anything: it becomes a `CipherUnavailableError`
   */
  seal(plaintext: string, place: SealedPlace): string | Promise<string>;
  /**
   * Opens what `seal` has made.
   * @throws UnreadableValueError when it was not sealed here, for this place, with a known secret: the value then counts as
   * absent. Any other error means that the cipher cannot be asked now, and becomes a `CipherUnavailableError`.
   */
  open(sealed: string, place: SealedPlace): string | Promise<string>;
  /** Whether a value is sealed as `seal` would seal it now. Without it, `reseal()` seals every value anew. */
  isCurrent?(sealed: string): boolean;
}

/** A sealed value does not open. Its message names the place and never the value. */
export class UnreadableValueError extends Error {
  constructor(
    place: SealedPlace,
    /** Why, in words that show nothing of it. */
    readonly reason: string,
  ) {
    super(`${place.table}.${place.column} of row ${place.row} cannot be opened: ${reason}`);
    this.name = 'UnreadableValueError';
  }
}
