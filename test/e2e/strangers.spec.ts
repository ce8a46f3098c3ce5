import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NAVIGATION } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

interface Row {
  payload: string;
}

const bytesOf = (row: Row): number =>
  Object.values(row).reduce((sum, value) => sum + Buffer.byteLength(String(value ?? '')), 0);

/** What docs/security.md says that somebody costs who never logs in. */
describe.each(adapters)('a stranger who begins logins on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { dpop: true } });
  });
  afterAll(() => test?.stop());
  beforeEach(() => test.database.query('DELETE FROM auth0_connect_transactions'));

  const begin = async (returnTo: string, person = new Person()): Promise<number> =>
    (await person.request(test.at(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`), { headers: NAVIGATION }))
      .status;
  const rows = (): Promise<Row[]> => test.database.query('SELECT * FROM auth0_connect_transactions');
  it('makes one row of at most 5 kB each time, whatever the address to return to is', async () => {
    expect(await begin('/')).toBe(302);
    const [usual] = await rows();
    expect(bytesOf(usual!)).toBeLessThan(2_000);
    for (const letter of ['a', '"', '%C3%A9', 'é', '王', '🙂']) {
      // Of those that are taken, and of those that are as long as an address can be.
      for (const length of [2047, 1000, 220]) await begin(`/${letter.repeat(length / letter.length)}`).catch(() => 0);
    }
    const found = await rows();
    expect(found.length).toBeGreaterThan(1);
    expect(Math.max(...found.map(bytesOf))).toBeLessThan(5_000);
  });

  it('has 20 rows at most in one browser', async () => {
    const person = new Person();
    for (let count = 0; count < 25; count += 1) expect(await begin('/', person)).toBe(302);
    expect(await rows()).toHaveLength(20);
  });

  it('makes none by a callback, a logout, a profile or an API that they have no right to', async () => {
    for (const path of ['/auth/callback?state=a&code=b', '/auth/logout', '/auth/profile', '/auth/connect/github']) {
      await new Person().request(test.at(path), { headers: NAVIGATION });
    }
    for (const table of ['transactions', 'sessions', 'replays', 'connection_tokens', 'api_access_tokens']) {
      expect(await test.database.query(`SELECT * FROM auth0_connect_${table}`)).toEqual([]);
    }
  });
});
