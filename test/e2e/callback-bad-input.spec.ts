import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AS_A_PAGE, watch, changed, errorCodeOf, isLoggedIn, pendingLogin, unknownToken } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const SCRIPT = '<script>alert(1)</script>';

const badStates: [string, string][] = [
  ['no state', 'code=a-code'],
  ['an empty state', 'code=a-code&state='],
  ['a state that nobody began', `code=a-code&state=${unknownToken()}`],
  ['a state of another form', 'code=a-code&state=1'],
  ['a state with a NUL', 'code=a-code&state=%00'],
  ['a state of malformed percent-encoding', 'code=a-code&state=%E0%A4%A'],
  ['a state with SQL in it', `code=a-code&state=${encodeURIComponent("' OR '1'='1")}`],
  ['a state that names an object property', 'code=a-code&state=__proto__'],
  ['a state in brackets', `code=a-code&state[]=${unknownToken()}`],
  ['a state of 5 000 characters', `code=a-code&state=${'s'.repeat(5000)}`],
  ['a connect code without a state', 'connect_code=a-code'],
  ['a connect code with an unknown state', `connect_code=a-code&state=${unknownToken()}`],
  ['an error without a state', 'error=access_denied'],
  ['nothing at all', ''],
];

describe.each(adapters)('a login callback with bad input on %s', (adapter) => {
  let test: TestApp;
  let alice: Person;

  beforeAll(async () => {
    test = await TestApp.start(adapter);
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    alice = await test.logIn();
  });
  afterEach(() => vi.useRealTimers());

  const callback = (query: string): string => test.at(`/auth/callback?${query}`);

  it.each(badStates)('answers %s with 400 and asks Auth0 nothing', async (_what, query) => {
    const pending = await pendingLogin(test, alice);

    const { answer, calls } = await watch(test, () => alice.request(callback(query)));
    const page = await watch(test, () => alice.request(callback(query), { headers: AS_A_PAGE }));
    const stranger = await new Person().request(callback(query), { headers: AS_A_PAGE });

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(calls).toEqual({});
    expect(page.answer.headers.get('location'), 'a person who is logged in goes on').toBe('/');
    expect(page.answer.headers.getSetCookie()).toEqual([]);
    expect(page.calls).toEqual({});
    expect(stranger.headers.get('location')).toBe('/?auth0_connect_error=invalid_state');
    expect(await isLoggedIn(test, alice), 'the session').toBe(true);
    expect((await alice.request(pending)).status, 'the other transaction').toBe(302);
  });

  it.each(['state', 'code', 'connect_code', 'error'])(
    'refuses %s twice and leaves the transaction alone',
    async (name) => {
      const pending = await pendingLogin(test, alice);
      const twice = new URL(pending);
      twice.searchParams.append(name, twice.searchParams.get(name) ?? 'x');
      twice.searchParams.append(name, 'y');

      const { answer, calls } = await watch(test, () => alice.request(twice));

      expect(answer.status).toBe(400);
      expect(errorCodeOf(answer)).toBe('invalid_callback');
      expect(calls).toEqual({});
      expect((await alice.request(pending)).status).toBe(302);
    },
  );

  it('refuses an address that is longer than any callback', async () => {
    const pending = await pendingLogin(test, alice);

    const { answer, calls } = await watch(test, () => alice.request(changed(pending, { more: 'x'.repeat(9000) })));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_callback');
    expect(calls).toEqual({});
    expect((await alice.request(pending)).status).toBe(302);
  });

  it('lets a callback be used once', async () => {
    const pending = await pendingLogin(test, alice);
    expect((await alice.request(pending)).status).toBe(302);

    const { answer: again, calls } = await watch(test, () => alice.request(pending));

    expect(again.status).toBe(400);
    expect(errorCodeOf(again)).toBe('invalid_state');
    expect(calls).toEqual({});
    expect(await isLoggedIn(test, alice), 'the login stands').toBe(true);
  });

  it('lets exactly one of many identical callbacks reach Auth0', async () => {
    const pending = await pendingLogin(test, alice);
    const hold = test.control.hold('code');
    test.control.resetCounts();

    const all = Promise.all(Array.from({ length: 5 }, () => alice.request(pending)));
    await hold.arrived;
    hold.release();
    const answers = await all;

    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['302', '400', '400', '400', '400']);
    expect(test.control.count('code')).toBe(1);
    expect(await isLoggedIn(test, alice)).toBe(true);
  });

  it('is good in the browser that began it only', async () => {
    const pending = await pendingLogin(test, alice);
    const stranger = new Person();

    const { answer, calls } = await watch(test, () => stranger.request(pending));
    const page = await stranger.request(pending, { headers: AS_A_PAGE });

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(calls).toEqual({});
    expect(page.headers.get('location')).toBe('/?auth0_connect_error=invalid_state');
    expect(await isLoggedIn(test, stranger)).toBe(false);
    expect((await alice.request(pending)).status, 'still good where it began').toBe(302);
  });

  it('is not good in a browser with a login of its own under way', async () => {
    const attacker = new Person();
    const planted = await pendingLogin(test, attacker, { user: 'auth0|bob' });
    const own = await pendingLogin(test, alice);

    const answer = await alice.request(planted);

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect((await alice.request(own)).status).toBe(302);
    expect((await alice.request(test.at('/auth/profile'))).json()).toMatchObject({ sub: 'auth0|alice' });
  });

  const useless: [string, Record<string, string | undefined>][] = [
    ['no code', { code: undefined }],
    ['an empty code', { code: '' }],
    ['a connect code in place of the code', { code: undefined, connect_code: 'a-connect-code' }],
    ['a connect code beside the code', { connect_code: 'a-connect-code' }],
  ];

  it.each(useless)('ends the login without a call when there is %s', async (_what, parameters) => {
    const pending = await pendingLogin(test, alice);

    const { answer, calls } = await watch(test, () => alice.request(changed(pending, parameters)));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_callback');
    expect(calls).toEqual({});
    expect(await isLoggedIn(test, alice)).toBe(true);
    expect(errorCodeOf(await alice.request(pending)), 'it is used up').toBe('invalid_state');
  });

  it.each([
    ['that Auth0 never gave', 'not-a-code'],
    ['of 5 000 characters', 'c'.repeat(5000)],
    ['with markup in it', SCRIPT],
  ])('answers a code %s with 400, and the session stays', async (_what, code) => {
    const pending = await pendingLogin(test, alice);

    const answer = await alice.request(changed(pending, { code }));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_callback');
    expect(answer.text).not.toContain(code);
    expect(await isLoggedIn(test, alice)).toBe(true);
  });

  it('tells a program that the person said no', async () => {
    const person = new Person();
    const pending = await pendingLogin(test, person, { action: 'cancel' });

    const answer = await person.request(changed(pending, { error_description: SCRIPT }));

    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ errorCode: 'access_denied', authorizationError: 'access_denied' });
    expect(answer.text).not.toContain('script');
    expect(errorCodeOf(await person.request(pending)), 'it is used up').toBe('invalid_state');
  });

  it('brings a person who said no back to their page with the code of the error', async () => {
    const person = new Person();
    const pending = await pendingLogin(test, person, { action: 'cancel', returnTo: '/calendar/open?week=7#day' });

    const answer = await person.request(changed(pending, { error_description: SCRIPT }), { headers: AS_A_PAGE });

    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/calendar/open?week=7&auth0_connect_error=access_denied#day');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it('shows nothing of an error whose state is wrong, neither a program nor a person', async () => {
    const pending = await pendingLogin(test, alice);
    const forged = changed(pending, { state: unknownToken(), error: SCRIPT, error_description: SCRIPT });

    const answer = await alice.request(forged);
    const page = await alice.request(forged, { headers: AS_A_PAGE });

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(answer.text).not.toContain('script');
    expect(page.headers.get('location')).toBe('/');
    expect(page.text).not.toContain('script');
    expect((await alice.request(pending)).status).toBe(302);
  });

  it.each([SCRIPT, 'made_up', ''])('does not repeat an error that no specification knows: "%s"', async (error) => {
    const pending = await pendingLogin(test, alice, { returnTo: '/calendar/open' });
    const other = await pendingLogin(test, alice, { returnTo: '/calendar/open' });

    const data = await alice.request(changed(pending, { code: undefined, error, error_description: SCRIPT }));
    const page = await alice.request(changed(other, { code: undefined, error, error_description: SCRIPT }), {
      headers: AS_A_PAGE,
    });

    expect(data.status).toBe(403);
    expect(data.json()).toMatchObject({ errorCode: 'authorization_failed', authorizationError: 'unknown_error' });
    expect(data.text).not.toContain('script');
    expect(page.headers.get('location')).toBe('/calendar/open?auth0_connect_error=authorization_failed');
  });

  it('forgets a login that nobody finished', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const person = new Person();
    const pending = await pendingLogin(test, person);
    vi.setSystemTime(Date.now() + 61 * 60_000);

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(calls).toEqual({});
  });

  it('refuses an answer that names another issuer', async () => {
    const pending = await pendingLogin(test, alice);

    const answer = await alice.request(changed(pending, { iss: 'https://evil.example/' }));

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).not.toBe(500);
    expect(errorCodeOf(answer)).toEqual(expect.any(String));
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await isLoggedIn(test, alice)).toBe(true);
  });
});
