import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { prepareChange, prepareQuery } from './prepared-query.js';

/** A database of a driver that the library has no prepared statements for. */
function databaseOf(type: string, answer: (statement: string) => unknown) {
  const asked: unknown[][] = [];
  let open = 0;
  const dataSource = {
    options: { type },
    driver: {},
    createQueryRunner: (mode: string) => {
      open += 1;
      const queryRunner = {
        query: async (...given: unknown[]) => {
          asked.push([mode, ...given]);
          return answer(String(given[0]));
        },
        release: async () => void (open -= 1),
      };
      return { ...queryRunner, manager: { queryRunner } };
    },
  };
  return { asked, connections: () => open, database: new Database(dataSource as unknown as DataSource) };
}

// What it does with the drivers that it knows, the contracts of the stores show on real databases.
describe('a prepared query by way of TypeORM', () => {
  it('gives the columns in the order of the statement, as the primary has them', async () => {
    const { asked, connections, database } = databaseOf('sqljs', () => [{ b: 'x', a: 1 }]);
    const query = prepareQuery(database, 'SELECT b, a FROM t WHERE c = ? AND d = ?', { single: true });
    expect(await query(['c', 'd'])).toEqual([['x', 1]]);
    expect(asked).toEqual([['master', 'SELECT b, a FROM t WHERE c = ? AND d = ?', ['c', 'd']]]);
    expect(connections()).toBe(0);
  });

  it('numbers the parameters where the database does', async () => {
    const { asked, database } = databaseOf('cockroachdb', () => []);
    await prepareQuery(database, 'SELECT 1 WHERE c = ? AND d = ?', { single: true })(['c', 'd']);
    expect(asked).toEqual([['master', 'SELECT 1 WHERE c = $1 AND d = $2', ['c', 'd']]]);
  });

  it('is what a pool without prepared statements gets, as that of the package mysql', async () => {
    const { asked, database } = databaseOf('mysql', () => [{ a: 1 }]);
    Object.assign(database.dataSource.driver, { pool: { query: () => undefined } });
    expect(await prepareQuery(database, 'SELECT a FROM t WHERE c = ?', { single: true })(['c'])).toEqual([[1]]);
    expect(asked).toEqual([['master', 'SELECT a FROM t WHERE c = ?', ['c']]]);
  });
});

it('a prepared change by way of TypeORM tells how many rows it has changed, and gives its connection back', async () => {
  const { asked, connections, database } = databaseOf('cockroachdb', (statement) => {
    if (statement === 'UPDATE u') throw new Error('no such table');
    return { affected: 2 };
  });

  expect(await prepareChange(database, 'UPDATE t SET a = ? WHERE b = ?')([null, 7])).toBe(2);
  expect(asked).toEqual([['master', 'UPDATE t SET a = $1 WHERE b = $2', [null, 7], true]]);
  await expect(prepareChange(database, 'UPDATE u')([])).rejects.toThrow('no such table');
  expect(connections()).toBe(0);
});
