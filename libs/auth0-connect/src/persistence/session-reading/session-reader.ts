import type { ReadToken, SessionReader, SessionWithTokens } from '../../accounts/ports.js';
import type { SessionRecord } from '../../session/ports.js';
import { digest } from '../../shared/digest.js';
import type { StoredToken } from '../../tokens/ports.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import { placeIn, placeOfSession, TABLES } from '../tables.js';
import type { Database } from '../statements/database.js';
import type { Row } from '../statements/drivers.js';
import { columnNameOf, tableOf } from '../statements/table-names.js';
import { prepareQuery, type PreparedQuery } from '../statements/prepared-query.js';
import { OpenedValues } from '../sealing/opened-values.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';
import { fromSealedSession } from '../sealing/sealed-session.js';
import { fromSealedToken } from '../sealing/sealed-token.js';

/** What a request needs to know of a session, in the order of `toRecord`. */
const SESSION_COLUMNS = ['claims', 'lastUsedAt', 'expiresAt'] as const satisfies (keyof ConnectSessionEntity)[];

/** Behind those of the session. */
const TOKEN_COLUMNS = ['slot', 'accessToken', 'expiresAt'] as const satisfies (keyof ConnectionTokenEntity)[];
const SLOT = SESSION_COLUMNS.length;
const ACCESS_TOKEN = SLOT + 1;
const EXPIRES_AT = SLOT + 2;

/**
 * The fast path of a request: its session and the connection tokens its handler wants, in one short statement. Written
 * by hand, because a repository costs a multiple of the query; the names in it are the entities'.
 */
export class TypeOrmSessionReader implements SessionReader {
  /** By the tokens to read along, which decorators name: there are not many. */
  private readonly queries = new Map<string, PreparedQuery>();
  private readonly openedSessions: OpenedValues;
  private readonly openedTokens: OpenedValues;

  constructor(
    private readonly database: Database,
    sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {
    this.openedSessions = new OpenedValues(sealed);
    this.openedTokens = new OpenedValues(sealed);
  }

  read(sessionToken: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    return this.readById(digest(sessionToken), slots);
  }

  readById(sessionId: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    return andThen(this.query(slots)([sessionId]), (found) => {
      if (!found[0]) return undefined;
      return andThen(this.toRecord(sessionId, found[0]), (record) => {
        if (!record) return undefined;
        return andThen(this.toTokens(sessionId, found), (tokens) => ({ record, tokens }));
      });
    });
  }

  private toRecord(id: string, [sealed, lastUsedAt, expiresAt]: Row): MaybePromise<SessionRecord | undefined> {
    const times = { lastUsedAt: Number(lastUsedAt), expiresAt: Number(expiresAt) };
    return andThen(this.openedSessions.open(String(sealed), placeOfSession(id)), (json) =>
      json === undefined ? undefined : fromSealedSession(id, json, this.instanceKey, times),
    );
  }

  private query(slots: readonly string[]): PreparedQuery {
    const name = slots.length === 1 ? (slots[0] ?? '') : slots.join();
    let query = this.queries.get(name);
    if (query === undefined) {
      query = prepareQuery(this.database, this.buildStatement(slots), { single: slots.length <= 1 });
      this.queries.set(name, query);
    }
    return query;
  }

  /** Only the session differs from request to request: with one parameter it is measurably faster than with three. */
  private buildStatement(slots: readonly string[]): string {
    const { dataSource } = this.database;
    const session = (property: string): string => `s.${columnNameOf(dataSource, ConnectSessionEntity, property)}`;
    const token = (property: string): string => `t.${columnNameOf(dataSource, ConnectionTokenEntity, property)}`;
    const alias = (property: string): string => dataSource.driver.escape(property);

    const select = SESSION_COLUMNS.map((name) => `${session(name)} AS ${alias(name)}`);
    let join = '';
    if (slots.length > 0) {
      select.push(...TOKEN_COLUMNS.map((name) => `${token(name)} AS ${alias(`token_${name}`)}`));
      join =
        ` LEFT JOIN ${tableOf(dataSource, ConnectionTokenEntity)} t` +
        ` ON ${token('owner')} = ${session('id')} AND ${token('slot')} IN (${slots.map(literal).join(', ')})`;
    }
    return (
      `SELECT ${select.join(', ')} FROM ${tableOf(dataSource, ConnectSessionEntity)} s${join}` +
      ` WHERE ${session('id')} = ? AND ${session('instanceKey')} = ${literal(this.instanceKey)}`
    );
  }

  private toTokens(sessionId: string, rows: readonly Row[]): MaybePromise<ReadonlyMap<string, ReadToken>> {
    const tokens = new Map<string, ReadToken>();
    const pending: Promise<void>[] = [];
    for (const row of rows) {
      const slot = row[SLOT];
      const sealed = row[ACCESS_TOKEN];
      // No token is there, or the handler wants none.
      if (typeof slot !== 'string' || typeof sealed !== 'string') continue;
      const opened = this.openedTokens.open(sealed, placeIn(TABLES.connectionTokens, 'accessToken', sessionId, slot));
      const keep = (json: string | undefined): void => {
        const token = json === undefined ? undefined : fromSealedToken(json, expiryOf(row));
        if (token) tokens.set(slot, toReadToken(token));
      };
      if (opened instanceof Promise) pending.push(opened.then(keep));
      else keep(opened);
    }
    return pending.length > 0 ? Promise.all(pending).then(() => tokens) : tokens;
  }
}

/** @throws TypeError for anything but a digest: nothing else is written into a statement */
function literal(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new TypeError('a statement holds digests only');
  return `'${value}'`;
}

function expiryOf(row: Row): number | null {
  const expiresAt = row[EXPIRES_AT] ?? null;
  return expiresAt === null ? null : Number(expiresAt);
}

function toReadToken({ accessToken, scopes, expiresAt }: StoredToken): ReadToken {
  return { accessToken, scopes, expiresAt };
}
