import type { DataSource, EntityMetadata } from 'typeorm';
import type { SessionReader, SessionWithTokens } from '../accounts/ports.js';
import type { SessionRecord } from '../session/ports.js';
import type { TokenState } from '../tokens/ports.js';
import { ConnectionTokenEntity } from './entities/connection-token.entity.js';
import { ConnectSessionEntity } from './entities/session.entity.js';
import type { SealedColumns } from './sealing/sealed-columns.js';
import { SESSION_RECORD_COLUMNS } from './stores/session.store.js';

const TOKEN_COLUMNS = ['slot', 'accessToken', 'scopes', 'obtainedAt', 'expiresAt'] as const;

type Row = Record<string, string | number | null>;

/**
 * The fast path of a request: its session and the connection tokens its handler wants, in one short statement. Written
 * by hand, because a repository costs a multiple of the query; the names in it are the entities'.
 */
export class TypeOrmSessionReader implements SessionReader {
  private readonly statements = new Map<number, string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly sealed: SealedColumns,
    private readonly instanceKey: string,
  ) {}

  async read(sessionId: string, slots: readonly string[]): Promise<SessionWithTokens | undefined> {
    const parameters = [...slots, sessionId, this.instanceKey];
    const rows = (await this.dataSource.query(this.statement(slots.length), parameters)) as Row[];
    if (!rows[0]) return undefined;
    return { record: toRecord(rows[0]), tokens: await this.toTokens(sessionId, rows) };
  }

  private statement(slots: number): string {
    let statement = this.statements.get(slots);
    if (statement === undefined) {
      statement = this.buildStatement(slots);
      this.statements.set(slots, statement);
    }
    return statement;
  }

  private buildStatement(slots: number): string {
    const { driver } = this.dataSource;
    const session = this.dataSource.getMetadata(ConnectSessionEntity);
    const token = this.dataSource.getMetadata(ConnectionTokenEntity);
    const column = (alias: string, metadata: EntityMetadata, property: string): string =>
      `${alias}.${driver.escape(metadata.findColumnWithPropertyName(property)?.databaseName ?? property)}`;
    const parameter = (index: number): string => (driver.options.type === 'postgres' ? `$${index + 1}` : '?');
    const tableOf = (metadata: EntityMetadata): string =>
      metadata.tablePath
        .split('.')
        .map((part) => driver.escape(part))
        .join('.');

    const select = SESSION_RECORD_COLUMNS.map((name) => `${column('s', session, name)} AS ${driver.escape(name)}`);
    let join = '';
    if (slots > 0) {
      select.push(...TOKEN_COLUMNS.map((name) => `${column('t', token, name)} AS ${driver.escape(`token_${name}`)}`));
      const wanted = Array.from({ length: slots }, (_, index) => parameter(index)).join(', ');
      join =
        ` LEFT JOIN ${tableOf(token)} t ON ${column('t', token, 'owner')} = ${column('s', session, 'id')}` +
        ` AND ${column('t', token, 'slot')} IN (${wanted})`;
    }
    return (
      `SELECT ${select.join(', ')} FROM ${tableOf(session)} s${join}` +
      ` WHERE ${column('s', session, 'id')} = ${parameter(slots)}` +
      ` AND ${column('s', session, 'instanceKey')} = ${parameter(slots + 1)}`
    );
  }

  private async toTokens(sessionId: string, rows: readonly Row[]): Promise<ReadonlyMap<string, TokenState>> {
    const tokens = new Map<string, TokenState>();
    for (const row of rows) {
      if (typeof row.token_slot !== 'string' || typeof row.token_accessToken !== 'string') continue;
      const accessToken = await this.sealed.open(row.token_accessToken, {
        table: 'connection_tokens',
        column: 'access_token',
        row: `${sessionId}.${row.token_slot}`,
      });
      if (accessToken === undefined || row.token_expiresAt === null) continue;
      tokens.set(row.token_slot, {
        token: {
          accessToken,
          scopes: typeof row.token_scopes === 'string' ? row.token_scopes.split(' ').filter(Boolean) : undefined,
          obtainedAt: Number(row.token_obtainedAt),
          expiresAt: Number(row.token_expiresAt),
        },
      });
    }
    return tokens;
  }
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
