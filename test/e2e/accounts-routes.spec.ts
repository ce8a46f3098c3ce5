import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorCodeOf, isLoggedIn, someUsers, watch } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

interface Accounts {
  accounts: { id: string; connection: string }[];
  next?: string;
}

describe.each(adapters)('the routes of connected accounts on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers() } });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });

  const open = (path: string): Promise<Answer> => person.request(test.at(path));
  const disconnect = (id: string, headers = {}): Promise<Answer> =>
    person.request(test.at(`/auth/accounts/${id}`), { method: 'DELETE', headers });

  it('lists nothing for somebody who has connected nothing', async () => {
    const answer = await open('/auth/accounts');
    expect(answer.json()).toEqual({ accounts: [] });
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it('lists what is connected', async () => {
    const { id } = test.control.connectAccount(user, 'github', { scopes: ['repo'] });

    expect((await open('/auth/accounts')).json()).toEqual({
      accounts: [
        {
          id,
          connection: 'github',
          accessType: 'offline',
          scopes: ['repo'],
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        },
      ],
    });
  });

  it('lists page by page', async () => {
    for (const connection of ['github', 'slack', 'google-oauth2']) test.control.connectAccount(user, connection);

    const first = (await open('/auth/accounts?take=2')).json<Accounts>();
    const second = (await open(`/auth/accounts?take=2&from=${first.next}`)).json<Accounts>();

    const connections = [...first.accounts, ...second.accounts].map(({ connection }) => connection);
    expect(connections).toEqual(['github', 'slack', 'google-oauth2']);
    expect(second).not.toHaveProperty('next');
  });

  it.each([
    ['connection=github', ['github']],
    ['connection=github&connection=slack', ['github', 'slack']],
    ['connection=google-oauth2', []],
    ['connection=', ['github', 'slack']],
  ])('lists those of %s', async (query, expected) => {
    for (const connection of ['github', 'slack']) test.control.connectAccount(user, connection);
    const { accounts } = (await open(`/auth/accounts?${query}`)).json<Accounts>();
    expect(accounts.map(({ connection }) => connection)).toEqual(expected);
  });

  it.each([
    'take=0',
    'take=21',
    'take=-1',
    'take=many',
    'take=1.5',
    'take=1&take=2',
    'from=a&from=b',
    `from=${'x'.repeat(4097)}`,
    `connection=${'x'.repeat(129)}`,
    `connection=${Array.from({ length: 21 }, (_, i) => `c${i}`).join('&connection=')}`,
  ])('refuses a query that Auth0 would refuse without asking it: %s', async (query) => {
    const { answer, calls } = await watch(test, () => open(`/auth/accounts?${query}`));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_request');
    expect(calls).toEqual({});
  });

  it('passes on that Auth0 does not know a cursor', async () => {
    const answer = await open('/auth/accounts?from=made-up');
    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('auth0_refused');
  });

  it('lists what can be connected, page by page', async () => {
    const first = (await open('/auth/connections?take=2')).json<{ connections: unknown[]; next: string }>();
    const second = (await open(`/auth/connections?take=2&from=${first.next}`)).json<{ connections: unknown[] }>();

    expect(first.connections).toHaveLength(2);
    expect(second.connections).toEqual([
      { name: 'slack', strategy: 'slack', scopes: expect.arrayContaining(['chat:write']) },
    ]);
  });

  it('disconnects one account', async () => {
    const { id } = test.control.connectAccount(user, 'github');
    test.control.connectAccount(user, 'slack');

    const answer = await disconnect(id);

    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(test.control.accounts(user).map(({ connection }) => connection)).toEqual(['slack']);
  });

  it.each(['x', 'cac_', 'cac_a%2Fb', 'cac_%3Cscript%3E', `cac_${'x'.repeat(300)}`, 'CAC_abc', '..%2faccounts%2fcac_a'])(
    'refuses what is no id with 400 and no call: %s',
    async (id) => {
      const { answer, calls } = await watch(test, () => disconnect(id));

      // Routers give up on very long parameters by themselves.
      expect(id.length > 100 ? [400, 404, 414] : [400]).toContain(answer.status);
      expect(answer.text).not.toContain('script');
      expect(calls).toEqual({});
    },
  );

  it('answers 404 when Auth0 knows no such account', async () => {
    test.control.failNext('delete-account', { status: 404, body: { status: 404, title: 'Not Found' } });
    const answer = await disconnect('cac_unknown');
    expect(answer.status).toBe(404);
    expect(errorCodeOf(answer)).toBe('account_not_found');
  });

  it('leaves the account of another user alone', async () => {
    const other = `auth0|person${count++}`;
    const { id } = test.control.connectAccount(other, 'github');

    await disconnect(id);

    expect(test.control.accounts(other)).toHaveLength(1);
  });

  it.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])(
    'refuses to disconnect for another site: %o',
    async (headers) => {
      const { id } = test.control.connectAccount(user, 'github');

      const { answer, calls } = await watch(test, () => disconnect(id, headers));

      expect(answer.status).toBe(403);
      expect(errorCodeOf(answer)).toBe('cross_site_request');
      expect(calls).toEqual({});
    },
  );

  const lies: [string, Record<string, unknown>][] = [
    ['no list', { accounts: undefined }],
    ['another list', { accounts: {} }],
    ['numbers', { accounts: [1] }],
    ['an account without an id', { accounts: [{ connection: 'github', created_at: '2026-01-01T00:00:00Z' }] }],
    ['an account without a date', { accounts: [{ id: 'cac_a', connection: 'github', created_at: 'soon' }] }],
    [
      'scopes that are no list',
      { accounts: [{ id: 'cac_a', connection: 'x', created_at: '2026-01-01', scopes: 'a b' }] },
    ],
    ['a cursor that is no text', { accounts: [], next: 7 }],
  ];

  it.each(lies)('answers 502 to %s, and the session and its tokens stay', async (_what, lie) => {
    test.control.connectAccount(user, 'google-oauth2');
    await open('/calendar');
    test.control.rewriteNext('accounts', (body) => ({ ...body, ...lie }));

    const answer = await open('/auth/accounts');

    expect(answer.status).toBe(502);
    expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
    expect(await isLoggedIn(test, person)).toBe(true);
    expect((await watch(test, () => open('/calendar'))).calls).toEqual({});
  });

  it('asks for one access token of the My Account API for all of its operations, even at the same time', async () => {
    const { calls } = await watch(test, async () => {
      const all = await Promise.all([open('/auth/accounts'), open('/auth/connections'), open('/auth/connect/github')]);
      return all[0];
    });
    expect(calls).toEqual({ refresh: 1, accounts: 1, connections: 1, connect: 1 });
  });
});
