import type { ConnectionTokenReader, ReadToken } from '../../accounts/ports.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import type { Database } from '../statements/database.js';
import { literal, PreparedBySlots } from '../statements/prepared-by-slots.js';
import { columnNameOf, tableOf } from '../statements/table-names.js';
import { OpenedTokens, READ_TOKEN_COLUMNS } from './opened-tokens.js';

/** The fast path of a caller's request: the connection tokens its handler wants, in one short statement. */
export class TypeOrmConnectionTokenReader implements ConnectionTokenReader {
  private readonly statements: PreparedBySlots;
  private readonly opened: OpenedTokens;

  constructor(
    private readonly database: Database,
    sealed: SealedColumns,
  ) {
    this.opened = new OpenedTokens(sealed);
    this.statements = new PreparedBySlots(database, (slots) => this.buildStatement(slots));
  }

  read(owner: string, slots: readonly string[]): MaybePromise<ReadonlyMap<string, ReadToken>> {
    return andThen(this.statements.of(slots)([owner]), (rows) => this.opened.open(owner, rows, 0));
  }

  private buildStatement(slots: readonly string[]): string {
    const { dataSource } = this.database;
    const name = (property: string): string => columnNameOf(dataSource, ConnectionTokenEntity, property);
    const among = slots.map(literal).join(', ');
    return (
      `SELECT ${READ_TOKEN_COLUMNS.map(name).join(', ')} FROM ${tableOf(dataSource, ConnectionTokenEntity)}` +
      ` WHERE ${name('owner')} = ? AND ${name('slot')} IN (${among})`
    );
  }
}
