import { MoreThan, type FindOptionsWhere, type ObjectLiteral } from 'typeorm';
import type { Resealer, ResealReport } from '../../maintenance/ports.js';
import { UnreadableValueError, type TokenCipher } from '../../ports/token-cipher.js';
import type { Database } from '../statements/database.js';
import { Rows } from '../statements/rows.js';
import { placeIn, TABLES, type LibraryTable } from '../tables.js';

type Row = Record<string, string | null>;

/** Goes through every sealed value in the order of the keys. */
export class TypeOrmResealer implements Resealer {
  constructor(
    private readonly database: Database,
    private readonly cipher: TokenCipher,
  ) {}

  async reseal(batchSize: number): Promise<ResealReport> {
    const report: ResealReport = { resealed: 0, unreadable: 0 };
    for (const table of Object.values(TABLES)) {
      if (Object.keys(table.sealed).length === 0) continue;
      for await (const row of this.rows(table, batchSize)) await this.resealRow(table, row, report);
    }
    return report;
  }

  private async *rows({ entity, keys }: LibraryTable, take: number): AsyncGenerator<Row, void, undefined> {
    const repository = new Rows(this.database, entity);
    const order = Object.fromEntries(keys.map((key) => [key, 'ASC' as const]));
    for (let last: Row | undefined; ;) {
      const batch: Row[] = await repository.find({ where: after(last, keys), order, take });
      yield* batch;
      last = batch.at(-1);
      if (batch.length < take) return;
    }
  }

  private async resealRow(table: LibraryTable, row: Row, report: ResealReport): Promise<void> {
    const { entity, keys } = table;
    const key = keys.map((name) => row[name] ?? '');
    const old = Object.keys(table.sealed).filter((property) => {
      const value = row[property];
      return typeof value === 'string' && !(this.cipher.isCurrent?.(value) ?? false);
    });
    if (old.length === 0) return;
    const before: Row = Object.fromEntries(keys.map((name) => [name, row[name] ?? '']));
    const anew: Row = {};
    try {
      for (const property of old) {
        const place = placeIn(table, property, ...key);
        before[property] = row[property] ?? '';
        anew[property] = await this.cipher.seal(await this.cipher.open(before[property], place), place);
      }
    } catch (error) {
      // A cipher that does not answer says nothing of the value.
      if (!(error instanceof UnreadableValueError)) throw error;
      report.unreadable += 1;
      return;
    }
    // Written anew meanwhile: then it is sealed with the first secret already.
    report.resealed += await new Rows(this.database, entity).update(before, anew);
  }
}

/** Where the next batch begins: behind the last row, by the first key, or the same first key and the second. */
function after(last: Row | undefined, [first = '', second]: readonly string[]): FindOptionsWhere<ObjectLiteral>[] {
  if (!last) return [];
  if (second === undefined) return [{ [first]: MoreThan(last[first]) }];
  return [{ [first]: MoreThan(last[first]) }, { [first]: last[first], [second]: MoreThan(last[second]) }];
}
