import { MoreThan, type DataSource, type EntityTarget, type FindOptionsWhere, type ObjectLiteral } from 'typeorm';
import type { Resealer, ResealReport } from '../../maintenance/ports.js';
import type { SealedPlace, TokenCipher } from '../../ports/token-cipher.js';
import { ApiAccessTokenEntity } from '../entities/api-access-token.entity.js';
import { ConnectionTokenEntity } from '../entities/connection-token.entity.js';
import { ConnectSessionEntity } from '../entities/session.entity.js';
import { ConnectTransactionEntity } from '../entities/transaction.entity.js';

interface SealedTable {
  readonly entity: EntityTarget<ObjectLiteral>;
  readonly table: string;
  /** Property and column of every sealed value. */
  readonly columns: Readonly<Record<string, string>>;
  readonly keys: readonly string[];
}

const SEALED_TABLES: readonly SealedTable[] = [
  {
    entity: ConnectSessionEntity,
    table: 'sessions',
    columns: { refreshToken: 'refresh_token', idToken: 'id_token', dpopKey: 'dpop_key' },
    keys: ['id'],
  },
  { entity: ConnectTransactionEntity, table: 'transactions', columns: { payload: 'payload' }, keys: ['id'] },
  {
    entity: ApiAccessTokenEntity,
    table: 'api_access_tokens',
    columns: { accessToken: 'access_token' },
    keys: ['owner', 'slot'],
  },
  {
    entity: ConnectionTokenEntity,
    table: 'connection_tokens',
    columns: { accessToken: 'access_token' },
    keys: ['owner', 'slot'],
  },
];

type Row = Record<string, string | null>;

/** Goes through every sealed value in the order of the keys. */
export class TypeOrmResealer implements Resealer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
  ) {}

  async reseal(batchSize: number): Promise<ResealReport> {
    const report: ResealReport = { resealed: 0, unreadable: 0 };
    for (const sealed of SEALED_TABLES) {
      for await (const row of this.rows(sealed, batchSize)) await this.resealRow(sealed, row, report);
    }
    return report;
  }

  private async *rows({ entity, keys }: SealedTable, take: number): AsyncGenerator<Row, void, undefined> {
    const repository = this.dataSource.getRepository(entity);
    const order = Object.fromEntries(keys.map((key) => [key, 'ASC' as const]));
    for (let last: Row | undefined; ;) {
      const batch: Row[] = await repository.find({ where: after(last, keys), order, take });
      yield* batch;
      last = batch.at(-1);
      if (batch.length < take) return;
    }
  }

  private async resealRow(
    { entity, table, columns, keys }: SealedTable,
    row: Row,
    report: ResealReport,
  ): Promise<void> {
    const id = keys.map((key) => row[key]).join('.');
    const old = Object.entries(columns).filter(([property]) => {
      const value = row[property];
      return typeof value === 'string' && !(this.cipher.isCurrent?.(value) ?? false);
    });
    if (old.length === 0) return;
    const before: Row = Object.fromEntries(keys.map((key) => [key, row[key] ?? '']));
    const anew: Row = {};
    try {
      for (const [property, column] of old) {
        const place: SealedPlace = { table, column, row: id };
        before[property] = row[property] ?? '';
        anew[property] = await this.cipher.seal(await this.cipher.open(before[property], place), place);
      }
    } catch {
      report.unreadable += 1;
      return;
    }
    // Written anew meanwhile: then it is sealed with the first secret already.
    const { affected } = await this.dataSource.getRepository(entity).update(before, anew);
    report.resealed += affected ?? 0;
  }
}

/** Where the next batch begins: behind the last row, by the first key, or the same first key and the second. */
function after(last: Row | undefined, [first = '', second]: readonly string[]): FindOptionsWhere<ObjectLiteral>[] {
  if (!last) return [];
  if (second === undefined) return [{ [first]: MoreThan(last[first]) }];
  return [{ [first]: MoreThan(last[first]) }, { [first]: last[first], [second]: MoreThan(last[second]) }];
}
