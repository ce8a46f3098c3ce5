import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { prepareQuery } from './prepared-query.js';

/** A data source of a driver that the library has no prepared statements for. */
function dataSourceOf(type: string, rows: object[]) {
  const asked: unknown[][] = [];
  const dataSource = {
    options: { type },
    driver: {},
    query: (...given: unknown[]) => {
      asked.push(given);
      return Promise.resolve(rows);
    },
  };
  return { asked, dataSource: dataSource as unknown as DataSource };
}

// What it does with the drivers that it knows, the contracts of the stores show on real databases.
describe('a prepared query by way of TypeORM', () => {
  it('gives the columns in the order of the statement', async () => {
    const { asked, dataSource } = dataSourceOf('sqljs', [{ b: 'x', a: 1 }]);
    const query = prepareQuery(dataSource, 'SELECT b, a FROM t WHERE c = ? AND d = ?', { single: true });
    expect(await query(['c', 'd'])).toEqual([['x', 1]]);
    expect(asked).toEqual([['SELECT b, a FROM t WHERE c = ? AND d = ?', ['c', 'd']]]);
  });

  it('numbers the parameters where the database does', async () => {
    const { asked, dataSource } = dataSourceOf('cockroachdb', []);
    await prepareQuery(dataSource, 'SELECT 1 WHERE c = ? AND d = ?', { single: true })(['c', 'd']);
    expect(asked).toEqual([['SELECT 1 WHERE c = $1 AND d = $2', ['c', 'd']]]);
  });
});
