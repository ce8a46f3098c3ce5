import type { ReadToken } from '../../accounts/ports.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import type { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { OpenedValues } from '../sealing/opened-values.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { fromSealedToken } from '../sealing/sealed-token.js';
import type { Row } from '../statements/drivers.js';
import { placeIn, TABLES } from '../tables.js';

/** What a request needs to know of a connection token, in the order in which it is read. */
export const READ_TOKEN_COLUMNS = [
  'slot',
  'accessToken',
  'expiresAt',
] as const satisfies (keyof ConnectionTokenEntity)[];

/** Connection tokens out of the rows that a request has read. */
export class OpenedTokens {
  private readonly values: OpenedValues;

  constructor(sealed: SealedColumns) {
    this.values = new OpenedValues(sealed);
  }

  /**
   * @param first where the token's columns begin in a row
   * @returns by token id
   */
  open(owner: string, rows: readonly Row[], first: number): MaybePromise<ReadonlyMap<string, ReadToken>> {
    const tokens = new Map<string, ReadToken>();
    const pending: Promise<void>[] = [];
    for (const row of rows) {
      const slot = row[first];
      const sealed = row[first + 1];
      // No token is there, or the handler wants none.
      if (typeof slot !== 'string' || typeof sealed !== 'string') continue;
      const opened = this.values.open(sealed, placeIn(TABLES.connectionTokens, 'accessToken', owner, slot));
      const keep = (json: string | undefined): void => {
        const token = json === undefined ? undefined : toReadToken(json, row[first + 2] ?? null);
        if (token) tokens.set(slot, token);
      };
      if (opened instanceof Promise) pending.push(opened.then(keep));
      else keep(opened);
    }
    return pending.length > 0 ? Promise.all(pending).then(() => tokens) : tokens;
  }
}

function toReadToken(json: string, expiresAt: Row[number]): ReadToken | undefined {
  const token = fromSealedToken(json, expiresAt === null ? null : Number(expiresAt));
  return token && { accessToken: token.accessToken, scopes: token.scopes, expiresAt: token.expiresAt };
}
