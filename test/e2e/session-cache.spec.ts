import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const SECONDS = 5;

describe.each(adapters)('the session cache on %s', (adapter) => {
  let test: TestApp;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { sessionCacheSeconds: SECONDS } });
  });
  afterAll(() => test?.stop());
  afterEach(() => void vi.useRealTimers());

  const rows = (statement: string): Promise<unknown> => test.database.query(statement);

  it('serves a request without the database until the time is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const alice = await test.logIn();
    await alice.request(test.at('/auth/profile'));
    await rows('DELETE FROM auth0_connect_sessions'); // as another process would

    const within = await alice.request(test.at('/auth/profile'));
    vi.setSystemTime(Date.now() + SECONDS * 1000 + 1);
    const after = await alice.request(test.at('/auth/profile'));

    expect([within.status, after.status]).toEqual([200, 401]);
  });

  it('sees at once what this process changes: a logout, a disconnect, an exchange', async () => {
    const alice = await test.logIn('auth0|alice', new Person());
    await test.connect(alice, 'google-oauth2');
    const first = await alice.request(test.at('/calendar/details'));
    expect(first.status).toBe(200);

    const { accounts } = (await alice.request(test.at('/auth/accounts'))).json<{ accounts: { id: string }[] }>();
    for (const { id } of accounts) await alice.request(test.at(`/auth/accounts/${id}`), { method: 'DELETE' });
    expect((await alice.request(test.at('/calendar/details'))).status).toBe(403);

    const cookie = alice.cookieHeader(new URL(test.url));
    await alice.request(test.at('/auth/logout'), { method: 'POST' });
    expect((await new Person().request(test.at('/auth/profile'), { headers: { cookie } })).status).toBe(401);
  });

  it("never serves one person's session or token to another", async () => {
    const alice = await test.logIn('auth0|alice', new Person());
    const bob = await test.logIn('auth0|bob', new Person());
    await test.connect(alice, 'google-oauth2');
    await alice.request(test.at('/calendar/details'));

    const answers = await Promise.all([alice, bob].map((person) => person.request(test.at('/auth/profile'))));
    expect(answers.map((answer) => answer.json().sub)).toEqual(['auth0|alice', 'auth0|bob']);
    expect((await bob.request(test.at('/calendar/details'))).status).toBe(403);
  });
});
