import type { DataSource } from 'typeorm';
import type { ReadToken, SessionReader, SessionWithTokens } from '../../accounts/ports.js';
import type { UserClaims } from '../../session/user-claims.js';
import type { SessionRecord } from '../../session/ports.js';
import { digest } from '../../shared/digest.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import { placeIn, TABLES } from '../tables.js';
import { columnNameOf, tableOf } from '../statements/table-names.js';
import { prepareQuery, type PreparedQuery, type Row } from '../statements/prepared-query.js';
import { DecryptedTokenCache } from '../sealing/decrypted-token-cache.js';
import type { SealedColumns } from '../sealing/sealed-columns.js';

/** What a request needs to know of a session, in the order of `toRecord`. The user's id is among the claims. */
export const SESSION_COLUMNS = [
  'issuerOrigin',
  'userKey',
  'claims',
  'createdAt',
  'lastUsedAt',
  'expiresAt',
  'absoluteExpiresAt',
] as const satisfies (keyof ConnectSessionEntity & keyof SessionRecord)[];

/** Behind those of the session. */
const TOKEN_COLUMNS = ['slot', 'accessToken', 'scopes', 'expiresAt'] as const satisfies (keyof ConnectionTokenEntity)[];
const SLOT = SESSION_COLUMNS.length;
const ACCESS_TOKEN = SLOT + 1;
const SCOPES = SLOT + 2;
const EXPIRES_AT = SLOT + 3;

/**
 * The fast path of a request: its session and the connection tokens its handler wants, in one short statement. Written
 * by hand, because a repository costs a multiple of the query; the names in it are the entities'.
 */
export class TypeOrmSessionReader implements SessionReader {
  /** By the tokens to read along, which decorators name: there are not many. */
  private readonly queries = new Map<string, PreparedQuery>();
  private readonly openedTokens: DecryptedTokenCache;

  constructor(
    private readonly dataSource: DataSource,
    sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {
    this.openedTokens = new DecryptedTokenCache(sealed);
  }

  read(sessionToken: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    return this.readById(digest(sessionToken), slots);
  }

  readById(sessionId: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    return andThen(this.query(slots)([sessionId]), (found) => {
      if (!found[0]) return undefined;
      const record = toRecord(sessionId, found[0]);
      return andThen(this.toTokens(sessionId, found), (tokens) => ({ record, tokens }));
    });
  }

  private query(slots: readonly string[]): PreparedQuery {
    const name = slots.length === 1 ? (slots[0] ?? '') : slots.join();
    let query = this.queries.get(name);
    if (query === undefined) {
      query = prepareQuery(this.dataSource, this.buildStatement(slots), { single: slots.length <= 1 });
      this.queries.set(name, query);
    }
    return query;
  }

  /** Only the session differs from request to request: with one parameter it is measurably faster than with three. */
  private buildStatement(slots: readonly string[]): string {
    const { dataSource } = this;
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
      const keep = (accessToken: string | undefined): void => {
        if (accessToken !== undefined) tokens.set(slot, toToken(row, accessToken));
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

function toRecord(id: string, row: Row): SessionRecord {
  const [issuerOrigin, userKey, json, createdAt, lastUsedAt, expiresAt, absoluteExpiresAt] = row;
  const claims = JSON.parse(String(json)) as UserClaims;
  return {
    id,
    issuerOrigin: String(issuerOrigin),
    userKey: String(userKey),
    userId: claims.sub,
    claims,
    createdAt: Number(createdAt),
    lastUsedAt: Number(lastUsedAt),
    expiresAt: Number(expiresAt),
    absoluteExpiresAt: Number(absoluteExpiresAt),
  };
}

function toToken(row: Row, accessToken: string): ReadToken {
  const scopes = row[SCOPES];
  return {
    accessToken,
    scopes: typeof scopes === 'string' ? scopes.split(' ').filter(Boolean) : undefined,
    expiresAt: Number(row[EXPIRES_AT]),
  };
}
