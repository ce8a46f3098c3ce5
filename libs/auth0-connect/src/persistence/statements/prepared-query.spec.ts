import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { prepareChange, prepareQuery } from './prepared-query.js';

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

it('a prepared change by way of TypeORM tells how many rows it has changed, and gives its connection back', async () => {
  const asked: unknown[][] = [];
  let released = 0;
  const runner = {
    query: async (...given: unknown[]) => {
      asked.push(given);
      if (given[0] === 'UPDATE u') throw new Error('no such table');
      return { affected: 2 };
    },
    release: async () => void (released += 1),
  };
  const dataSource = { options: { type: 'cockroachdb' }, driver: {}, createQueryRunner: () => runner };
  const prepare = (text: string) => prepareChange(dataSource as unknown as DataSource, text);

  expect(await prepare('UPDATE t SET a = ? WHERE b = ?')([null, 7])).toBe(2);
  expect(asked).toEqual([['UPDATE t SET a = $1 WHERE b = $2', [null, 7], true]]);
  await expect(prepare('UPDATE u')([])).rejects.toThrow('no such table');
  expect(released).toBe(2);
});
