import type { SessionReader, SessionWithTokens } from '../../accounts/ports.js';
import type { SessionRecord } from '../../session/ports.js';
import { digest } from '../../shared/digest.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import { placeOfSession } from '../tables.js';
import type { Database } from '../statements/database.js';
import type { Row } from '../statements/drivers.js';
import { columnNameOf, tableOf } from '../statements/table-names.js';
import { literal, PreparedBySlots } from '../statements/prepared-by-slots.js';
import { OpenedValues } from '../sealing/opened-values.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { fromSealedSession } from '../sealing/sealed-session.js';
import { OpenedTokens, READ_TOKEN_COLUMNS } from './opened-tokens.js';

/** What a request needs to know of a session, in the order of `toRecord`. */
const SESSION_COLUMNS = ['claims', 'lastUsedAt', 'expiresAt'] as const satisfies (keyof ConnectSessionEntity)[];

/**
 * The fast path of a request: its session and the connection tokens its handler wants, in one short statement. Written
 * by hand, because a repository costs a multiple of the query; the names in it are the entities'.
 */
export class TypeOrmSessionReader implements SessionReader {
  private readonly statements: PreparedBySlots;
  private readonly openedSessions: OpenedValues;
  private readonly openedTokens: OpenedTokens;

  constructor(
    private readonly database: Database,
    sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {
    this.openedSessions = new OpenedValues(sealed);
    this.openedTokens = new OpenedTokens(sealed);
    this.statements = new PreparedBySlots(database, (slots) => this.buildStatement(slots));
  }

  read(sessionToken: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    return this.readById(digest(sessionToken), slots);
  }

  readById(sessionId: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    return andThen(this.statements.of(slots)([sessionId]), (found) => {
      if (!found[0]) return undefined;
      return andThen(this.toRecord(sessionId, found[0]), (record) => {
        if (!record) return undefined;
        const tokens = this.openedTokens.open(sessionId, found, SESSION_COLUMNS.length);
        return andThen(tokens, (opened) => ({ record, tokens: opened }));
      });
    });
  }

  private toRecord(id: string, [sealed, lastUsedAt, expiresAt]: Row): MaybePromise<SessionRecord | undefined> {
    const times = { lastUsedAt: Number(lastUsedAt), expiresAt: Number(expiresAt) };
    return andThen(this.openedSessions.open(String(sealed), placeOfSession(id)), (json) =>
      json === undefined ? undefined : fromSealedSession(id, json, this.instanceKey, times),
    );
  }

  private buildStatement(slots: readonly string[]): string {
    const { dataSource } = this.database;
    const session = (property: string): string => `s.${columnNameOf(dataSource, ConnectSessionEntity, property)}`;
    const token = (property: string): string => `t.${columnNameOf(dataSource, ConnectionTokenEntity, property)}`;
    const alias = (property: string): string => dataSource.driver.escape(property);

    const select = SESSION_COLUMNS.map((name) => `${session(name)} AS ${alias(name)}`);
    let join = '';
    if (slots.length > 0) {
      select.push(...READ_TOKEN_COLUMNS.map((name) => `${token(name)} AS ${alias(`token_${name}`)}`));
      join =
        ` LEFT JOIN ${tableOf(dataSource, ConnectionTokenEntity)} t` +
        ` ON ${token('owner')} = ${session('id')} AND ${token('slot')} IN (${slots.map(literal).join(', ')})`;
    }
    return (
      `SELECT ${select.join(', ')} FROM ${tableOf(dataSource, ConnectSessionEntity)} s${join}` +
      ` WHERE ${session('id')} = ? AND ${session('instanceKey')} = ${literal(this.instanceKey)}`
    );
  }
}
