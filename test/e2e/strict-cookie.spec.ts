import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodeOf, isLoggedIn, pendingConnect, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const SESSION = 'auth0_connect_session';

/** What a browser withholds when it comes back from Auth0, and what that costs: as docs/configuration.md has it. */
describe.each(adapters)("session.cookie.sameSite 'strict' on %s", (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { session: { cookie: { name: SESSION, sameSite: 'strict' } } } });
  });
  afterAll(() => test?.stop());

  /** A browser at the end of a chain of redirects from another site: its strict cookies are not shown. */
  function comingBack(person: Person): Person {
    const shown = new Person();
    for (const pair of person.cookieHeader(new URL(test.url)).split('; ')) {
      const [name = '', value = ''] = pair.split('=');
      if (name !== SESSION) shown.plantCookie(test.url, name, value);
    }
    return shown;
  }

  it('is asked for the session alone: the cookie of a login under way comes back from Auth0', async () => {
    const person = new Person();
    const started = await person.request(test.at('/auth/login'));
    expect(started.headers.getSetCookie()).toEqual([expect.stringMatching(/\.login\.\w+=.*; SameSite=Lax$/)]);
    const callback = await pendingLogin(test, person);
    const ended = await comingBack(person).request(callback);
    expect(ended.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^auth0_connect_session=.*; SameSite=Strict$/),
    ]);
  });

  it('leaves the session before a login alive, until it ends by itself or with the others of its user', async () => {
    const person = await test.logIn();
    const callback = await pendingLogin(test, person, { query: '&prompt=login' });
    const again = comingBack(person);
    expect((await again.request(callback)).status).toBe(302);
    expect([await isLoggedIn(test, person), await isLoggedIn(test, again)]).toEqual([true, true]);
    const logout = await again.request(test.at('/auth/logout'));
    expect(logout.status).toBe(302);
    expect([await isLoggedIn(test, person), await isLoggedIn(test, again)]).toEqual([true, false]);
  });

  it('completes no connect', async () => {
    const person = await test.logIn('auth0|bob');
    const callback = await pendingConnect(test, person);
    test.control.resetCounts();
    const answer = await comingBack(person).request(callback);
    expect([answer.status, errorCodeOf(answer)]).toEqual([401, 'login_required']);
    expect(test.control.count('complete')).toBe(0);
  });
});
