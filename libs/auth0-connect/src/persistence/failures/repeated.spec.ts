import { expect, it } from 'vitest';
import { repeated } from './repeated.js';

const error = (fields: object): Error => Object.assign(new Error('the database says no'), fields);

/** A statement that fails so many times. */
function failing(times: number, fields: object) {
  const statement = {
    runs: 0,
    run: async (): Promise<string> => {
      statement.runs += 1;
      if (statement.runs <= times) throw error(fields);
      return 'done';
    },
  };
  return statement;
}

it.each([[{ errno: 1213 }], [{ code: '40001' }], [{ code: '40P01' }]])(
  'repeats a statement that was undone because of another one: %o',
  async (fields) => {
    const statement = failing(3, fields);
    expect(await repeated(statement.run)).toBe('done');
    expect(statement.runs).toBe(4);
  },
);

it('gives up after a few times, with the error itself', async () => {
  const statement = failing(100, { errno: 1213 });
  await expect(repeated(statement.run)).rejects.toMatchObject({ errno: 1213 });
  expect(statement.runs).toBe(6);
});

it('repeats nothing that may have been done, and nothing that will fail again', async () => {
  for (const fields of [{ code: 'ECONNRESET' }, { errno: 1205 }, { code: '23505' }, {}]) {
    const statement = failing(1, fields);
    await expect(repeated(statement.run)).rejects.toMatchObject(fields);
    expect(statement.runs).toBe(1);
  }
});
