import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AS_A_PAGE,
  errorCodeOf,
  isLoggedIn,
  NAVIGATION,
  NAVIGATION_FROM_ELSEWHERE,
  pendingConnect,
  pendingLogin,
  SCRIPT,
  someUsers,
  storedRows,
  watch,
} from '../support/flows.js';
import { Person } from '../support/person.js';
import { changeSealedSessions } from '../support/sealed-sessions.js';
import { adapters, TestApp } from '../support/test-app.js';
import { unasked } from '../support/unasked.js';

/** What a person does. */
const navigations: [string, Record<string, string>][] = [
  ['a link', NAVIGATION],
  ['the address bar', { ...NAVIGATION, 'sec-fetch-site': 'none', 'sec-fetch-user': '?1' }],
  ['a link in an older browser', AS_A_PAGE],
  ['a link in a frame of the same origin', { ...NAVIGATION, 'sec-fetch-dest': 'iframe' }],
];

describe.each(adapters)('a GET that does something on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(200) } });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });

  /** Opens an address and says what has changed by it: nothing, for what nobody has asked for. */
  const effects = async (
    by: Person,
    address: string | URL,
    headers: Record<string, string>,
    method = 'GET',
  ): Promise<{ status: number; effects: unknown }> => {
    const rows = await storedRows(test);
    const asked = test.control.requests.length;
    const answer = await by.request(address, { method, headers });
    const changes = {
      rows: await storedRows(test),
      calls: test.control.requests.slice(asked).map(({ kind }) => kind),
      cookies: answer.headers.getSetCookie(),
      location: answer.location,
    };
    const none = { rows, calls: [], cookies: [], location: undefined };
    return { status: answer.status, effects: JSON.stringify(changes) === JSON.stringify(none) ? 'none' : changes };
  };

  describe.each(unasked)('does nothing for %s', (_what, headers, method) => {
    it('that would log in', async () => {
      const stranger = new Person();
      const answer = await effects(stranger, test.at('/auth/login'), headers, method);
      expect(answer).toEqual({ status: 403, effects: 'none' });
    });

    it('that would complete a login', async () => {
      const newcomer = new Person();
      const callback = await pendingLogin(test, newcomer, { user });
      const answer = await effects(newcomer, callback, headers, method);
      const opened = await newcomer.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });

      expect(answer).toEqual({ status: 403, effects: 'none' });
      expect(opened.headers.get('location'), 'the person who then comes').toBe('/calendar/open');
      expect(await isLoggedIn(test, newcomer)).toBe(true);
    });

    it('that would connect an account', async () => {
      const answer = await effects(person, test.at('/auth/connect/github'), headers, method);
      expect(answer).toEqual({ status: 403, effects: 'none' });
    });

    it('that would complete a connect', async () => {
      const callback = await pendingConnect(test, person);
      const answer = await effects(person, callback, headers, method);
      const opened = await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });

      expect(answer).toEqual({ status: 403, effects: 'none' });
      expect(opened.headers.get('location'), 'the person who then comes').toBe('/calendar/open');
      expect(test.control.accounts(user)).toHaveLength(1);
    });

    it('that would log out', async () => {
      const answer = await effects(person, test.at('/auth/logout'), headers, method);
      expect(answer).toEqual({ status: 403, effects: 'none' });
      expect(await isLoggedIn(test, person)).toBe(true);
    });

    it('that opens a page for which one has to log in or to connect', async () => {
      const stranger = await effects(new Person(), test.at('/pages/private'), headers, method);
      const { transactions } = await storedRows(test);
      const unconnected = await watch(test, () => person.request(test.at('/calendar/page'), { method, headers }));

      expect(stranger).toEqual({ status: 401, effects: 'none' });
      expect(unconnected.answer.status).toBe(403);
      expect(unconnected.answer.headers.getSetCookie()).toEqual([]);
      expect(unconnected.calls, 'that a token is missing has to be found out').toEqual({ exchange: 1 });
      expect((await storedRows(test)).transactions).toBe(transactions);
    });
  });

  it('says that it wants to be opened', async () => {
    for (const path of ['/auth/login', '/auth/callback', '/auth/connect/github', '/auth/logout']) {
      const answer = await person.request(test.at(path), { headers: SCRIPT });
      expect([path, errorCodeOf(answer)]).toEqual([path, 'navigation_required']);
    }
  });

  it.each(navigations)('is done for %s', async (_what, headers) => {
    const newcomer = new Person();
    const login = await newcomer.request(test.at('/auth/login'), { headers });
    const page = await newcomer.open(login.location ?? '');
    const callback = await newcomer.submit(page, { user, action: 'login' }, { until: test.at('/auth/callback') });
    const loggedIn = await newcomer.request(callback.location ?? '', { headers });
    const connect = await newcomer.request(test.at('/auth/connect/github'), { headers });
    const connected = await newcomer.request(await pendingConnect(test, newcomer), { headers });
    const unconnected = await newcomer.request(test.at('/calendar/page'), { headers });
    const logout = await newcomer.request(test.at('/auth/logout'), { headers });
    const strange = await newcomer.request(test.at('/pages/private'), { headers });

    const answers = [login, loggedIn, connect, connected, unconnected, logout, strange];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 302));
    expect(await isLoggedIn(test, newcomer)).toBe(false);
  });

  it('pushes no pending login or connect out, however often it is fetched', async () => {
    const login = await pendingLogin(test, person, { user });
    const connect = await pendingConnect(test, person);
    for (let i = 0; i < 25; i += 1) {
      await person.request(test.at('/auth/login'), { headers: { ...NAVIGATION, 'sec-purpose': 'prefetch' } });
      await person.request(test.at('/auth/connect/github'), { headers: SCRIPT });
      await person.request(test.at('/calendar/page'), { headers: SCRIPT });
    }
    expect((await person.request(connect, { headers: NAVIGATION })).headers.get('location')).toBe('/calendar/open');
    expect((await person.request(login, { headers: NAVIGATION })).headers.get('location')).toBe('/calendar/open');
  });

  it('does not begin a connect for another site whose page opens ours again and again', async () => {
    const own = await pendingConnect(test, person);
    await changeSealedSessions(test, ({ createdAt }) => ({ createdAt: createdAt - 120_000 }));
    const { transactions } = await storedRows(test);
    for (let i = 0; i < 25; i += 1) {
      const answer = await person.request(test.at('/calendar/page'), { headers: NAVIGATION_FROM_ELSEWHERE });
      expect(answer.location).toContain(test.at('/auth/connect/google-oauth2'));
      const asked = await person.request(answer.location ?? '', { headers: NAVIGATION_FROM_ELSEWHERE });
      expect(asked.status, 'a page that asks').toBe(200);
      expect(asked.text).toContain('Connect an account?');
    }
    expect((await storedRows(test)).transactions).toBe(transactions);
    expect((await person.request(own, { headers: NAVIGATION })).headers.get('location')).toBe('/calendar/open');
  });
});
