import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  errorCodeOf,
  isLoggedIn,
  NAVIGATION,
  NAVIGATION_FROM_ELSEWHERE,
  pendingConnect,
  pendingLogin,
  SCRIPT,
  someUsers,
  watch,
} from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

function pageOf(tab: number): string {
  return `/calendar/open?tab=${tab}`;
}

describe.each(adapters)('a person with several tabs on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(60) } });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    user = `auth0|person${count++}`;
    person = new Person();
  });

  /** The requests leave the browser before any of their answers is there: none carries a cookie of another. */
  const startAtOnce = async (tabs: number): Promise<Answer[]> => {
    const answers: Answer[] = [];
    for (let tab = 0; tab < tabs; tab += 1) {
      const address = test.at(`/auth/login?returnTo=${encodeURIComponent(pageOf(tab))}`);
      answers.push(await new Person().request(address, { headers: NAVIGATION }));
    }
    for (const answer of answers) {
      for (const header of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = (header.split(';')[0] ?? '').split('=');
        person.plantCookie(test.url, name, value);
      }
    }
    return answers;
  };
  const answersOfAuth0 = async (starts: Answer[]): Promise<string[]> => {
    const callbacks: string[] = [];
    for (const start of starts) {
      const until = test.at('/auth/callback');
      const page = await person.open(start.location ?? '', { until });
      const back = page.status === 200 ? await person.submit(page, { user, action: 'login' }, { until }) : page;
      callbacks.push(back.location ?? '');
    }
    return callbacks;
  };
  const goBack = async (callback: string | URL): Promise<string | null> =>
    (await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE })).headers.get('location');

  const orders = [
    [0, 1],
    [1, 0],
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  it.each(orders.map((order) => [order]))(
    'that begin to log in at once comes in with all of them, in the order %o',
    async (order) => {
      const callbacks = await answersOfAuth0(await startAtOnce(order.length));
      const arrived: (string | null)[] = [];
      for (const tab of order) arrived.push(await goBack(callbacks[tab] ?? ''));

      expect(arrived).toEqual(order.map(pageOf));
      expect(await isLoggedIn(test, person)).toBe(true);
    },
  );

  it('that come back at the same moment comes in with all of them', async () => {
    const callbacks = await answersOfAuth0(await startAtOnce(3));
    const arrived = await Promise.all(callbacks.map(goBack));
    expect(arrived).toEqual([0, 1, 2].map(pageOf));
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('that are more than anybody has is led to a page with each, and is logged in', async () => {
    const callbacks = await answersOfAuth0(await startAtOnce(25));
    for (const callback of callbacks) expect(await goBack(callback)).toMatch(/^\/(calendar\/open\?tab=\d+)?$/);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('begins a login under the cookie that is there, and gets another only where there is none', async () => {
    await person.request(test.at('/auth/login'), { headers: NAVIGATION });
    const cookies = person.cookieHeader(new URL(test.url));
    await person.request(test.at('/auth/login'), { headers: NAVIGATION });
    const [one, other] = await startAtOnce(2);

    expect(person.cookieHeader(new URL(test.url)).split('; ')).toHaveLength(3);
    expect(person.cookieHeader(new URL(test.url))).toContain(cookies);
    expect(one?.headers.getSetCookie()).not.toEqual(other?.headers.getSetCookie());
  });

  it('takes a login of another browser no more than before, whatever cookies are there', async () => {
    const attacker = new Person();
    const callback = await pendingLogin(test, attacker, { user });
    await startAtOnce(3);
    expect(await goBack(callback)).toBe('/?auth0_connect_error=invalid_state');
    expect(await isLoggedIn(test, person)).toBe(false);
  });

  it('that reloads a callback goes on where they are, and a script is told that it is over', async () => {
    const callback = await pendingLogin(test, person, { user });
    expect(await goBack(callback)).toBe('/calendar/open');

    const { answer, calls } = await watch(test, () => person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE }));
    const program = await person.request(callback);
    const script = await person.request(callback, { headers: SCRIPT });

    expect(answer.headers.get('location')).toBe('/');
    expect(calls).toEqual({});
    expect([program.status, errorCodeOf(program)]).toEqual([400, 'invalid_state']);
    expect([script.status, errorCodeOf(script)]).toEqual([403, 'navigation_required']);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('that reloads the callback of a connect goes on where they are, with one account', async () => {
    await test.logIn(user, person);
    const callback = await pendingConnect(test, person);
    expect(await goBack(callback)).toBe('/calendar/open');
    expect(await goBack(callback)).toBe('/');
    expect(test.control.accounts(user)).toHaveLength(1);
  });

  it('that reloads a callback after the logout is told so on a page', async () => {
    const callback = await pendingLogin(test, person, { user });
    await goBack(callback);
    await person.request(test.at('/auth/logout'), { method: 'POST' });
    expect(await goBack(callback)).toBe('/?auth0_connect_error=invalid_state');
  });

  it('that logs in anew in one while consenting in another is led to a page, and stays logged in', async () => {
    await test.logIn(user, person);
    const callback = await pendingConnect(test, person);
    expect(await goBack(await pendingLogin(test, person, { user }))).toBe('/calendar/open');

    expect(await goBack(callback)).toBe('/');
    expect(test.control.accounts(user), 'of a session that is over').toEqual([]);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('that logs out in one while consenting in another is led to a page that is told so', async () => {
    await test.logIn(user, person);
    const callback = await pendingConnect(test, person);
    await person.request(test.at('/auth/logout'), { method: 'POST' });

    expect(await goBack(callback)).toBe('/?auth0_connect_error=invalid_state');
    expect((await person.request(callback)).status, 'a program').toBe(400);
    expect(test.control.accounts(user)).toEqual([]);
  });

  it('and another browser is told to log in there when the consent ends in that one', async () => {
    await test.logIn(user, person);
    const callback = await pendingConnect(test, person);
    const elsewhere = await new Person().request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });

    expect(elsewhere.headers.get('location')).toBe(
      '/calendar/open?auth0_connect_error=login_required&auth0_connect_connection=github',
    );
    expect((await new Person().request(callback)).status, 'a program').toBe(401);
    expect(await goBack(callback), 'still good where it began').toBe('/calendar/open');
  });
});
