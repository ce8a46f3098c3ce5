import type { DataSource, EntityMetadata } from 'typeorm';
import type { SessionReader, SessionWithTokens } from '../accounts/ports.js';
import type { SessionRecord } from '../session/ports.js';
import { digest } from '../shared/digest.js';
import { andThen, type MaybePromise } from '../shared/maybe-promise.js';
import type { TokenState } from '../tokens/ports.js';
import { ConnectionTokenEntity } from './entities/connection-token.entity.js';
import { ConnectSessionEntity } from './entities/session.entity.js';
import { prepareQuery, type PreparedQuery } from './prepared-query.js';
import type { SealedColumns } from './sealing/sealed-columns.js';
import { SESSION_RECORD_COLUMNS } from './stores/session.store.js';

const TOKEN_COLUMNS = ['slot', 'accessToken', 'scopes', 'obtainedAt', 'expiresAt'] as const;

type Row = Record<string, string | number | null>;

/**
 * The fast path of a request: its session and the connection tokens its handler wants, in one short statement. Written
 * by hand, because a repository costs a multiple of the query; the names in it are the entities'.
 */
export class TypeOrmSessionReader implements SessionReader {
  /** By the number of tokens to read along. */
  private readonly queries = new Map<number, PreparedQuery>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {}

  read(sessionId: string, slots: readonly string[]): MaybePromise<SessionWithTokens | undefined> {
    const rows = this.query(slots.length)([...slots, sessionId, this.instanceKey]) as MaybePromise<Row[]>;
    return andThen(rows, (found) => {
      if (!found[0]) return undefined;
      const record = toRecord(found[0]);
      return andThen(this.toTokens(sessionId, found), (tokens) => ({ record, tokens }));
    });
  }

  private query(slots: number): PreparedQuery {
    let query = this.queries.get(slots);
    if (query === undefined) {
      const text = this.buildStatement(slots);
      const name = `auth0_connect_${digest(text).slice(0, 16)}`;
      query = prepareQuery(this.dataSource, name, text, { single: slots <= 1 });
      this.queries.set(slots, query);
    }
    return query;
  }

  private buildStatement(slots: number): string {
    const { driver } = this.dataSource;
    const session = this.dataSource.getMetadata(ConnectSessionEntity);
    const token = this.dataSource.getMetadata(ConnectionTokenEntity);
    const column = (alias: string, metadata: EntityMetadata, property: string): string =>
      `${alias}.${driver.escape(metadata.findColumnWithPropertyName(property)?.databaseName ?? property)}`;
    const tableOf = (metadata: EntityMetadata): string =>
      metadata.tablePath
        .split('.')
        .map((part) => driver.escape(part))
        .join('.');

    const select = SESSION_RECORD_COLUMNS.map((name) => `${column('s', session, name)} AS ${driver.escape(name)}`);
    let join = '';
    if (slots > 0) {
      select.push(...TOKEN_COLUMNS.map((name) => `${column('t', token, name)} AS ${driver.escape(`token_${name}`)}`));
      const wanted = Array.from({ length: slots }, () => '?').join(', ');
      join =
        ` LEFT JOIN ${tableOf(token)} t ON ${column('t', token, 'owner')} = ${column('s', session, 'id')}` +
        ` AND ${column('t', token, 'slot')} IN (${wanted})`;
    }
    return (
      `SELECT ${select.join(', ')} FROM ${tableOf(session)} s${join}` +
      ` WHERE ${column('s', session, 'id')} = ?` +
      ` AND ${column('s', session, 'instanceKey')} = ?`
    );
  }

  private toTokens(sessionId: string, rows: readonly Row[]): MaybePromise<Map<string, TokenState>> {
    const tokens = new Map<string, TokenState>();
    let opened: MaybePromise<void> = undefined;
    for (const row of rows) {
      opened = andThen(opened, () =>
        andThen(this.openToken(sessionId, row), (accessToken) => {
          if (accessToken !== undefined) tokens.set(String(row.token_slot), toTokenState(row, accessToken));
        }),
      );
    }
    return andThen(opened, () => tokens);
  }

  private openToken(sessionId: string, row: Row): MaybePromise<string | undefined> {
    if (typeof row.token_accessToken !== 'string' || row.token_expiresAt === null) return undefined;
    return this.sealed.open(row.token_accessToken, {
      table: 'connection_tokens',
      column: 'access_token',
      row: `${sessionId}.${row.token_slot}`,
    });
  }
}

function toTokenState(row: Row, accessToken: string): TokenState {
  return {
    token: {
      accessToken,
      scopes: typeof row.token_scopes === 'string' ? row.token_scopes.split(' ').filter(Boolean) : undefined,
      obtainedAt: Number(row.token_obtainedAt),
      expiresAt: Number(row.token_expiresAt),
    },
  };
}

function toRecord(row: Row): SessionRecord {
  return {
    id: String(row.id),
    domain: String(row.domain),
    userKey: String(row.userKey),
    userId: String(row.userId),
    claims: String(row.claims),
    createdAt: Number(row.createdAt),
    lastUsedAt: Number(row.lastUsedAt),
    expiresAt: Number(row.expiresAt),
    absoluteExpiresAt: Number(row.absoluteExpiresAt),
  };
}
