import { SessionService } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AS_A_PAGE,
  changed,
  errorCodeOf,
  isLoggedIn,
  NAVIGATION_FROM_ELSEWHERE,
  pendingConnect,
  pendingLogin,
  someUsers,
  unknownToken,
  watch,
} from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const SCRIPT = '<script>alert(1)</script>';

describe.each(adapters)('a connect callback with bad input on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      tenant: { users: someUsers() },
      options: { session: { inactivityDurationSeconds: 120 } },
    });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });
  afterEach(() => vi.useRealTimers());

  it('lets a callback be used once', async () => {
    const pending = await pendingConnect(test, person);
    expect((await person.request(pending)).headers.get('location')).toBe('/calendar/open');

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(calls).toEqual({});
    expect(test.control.accounts(user)).toHaveLength(1);
  });

  it('lets exactly one of many identical callbacks reach Auth0', async () => {
    const pending = await pendingConnect(test, person);
    const hold = test.control.hold('complete');
    test.control.resetCounts();

    const all = Promise.all(Array.from({ length: 5 }, () => person.request(pending)));
    await hold.arrived;
    hold.release();
    const answers = await all;

    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['302', '400', '400', '400', '400']);
    expect(test.control.count('complete')).toBe(1);
  });

  it('completes two connects of two tabs, in any order', async () => {
    const github = await pendingConnect(test, person, { connection: 'github' });
    const slack = await pendingConnect(test, person, { connection: 'slack' });

    expect((await person.request(slack)).status).toBe(302);
    expect((await person.request(github)).status).toBe(302);

    const connected = test.control.accounts(user).map(({ connection }) => connection);
    expect(connected.toSorted()).toEqual(['github', 'slack']);
  });

  it.each([
    ['of nobody', async () => new Person(), 401, 'login_required'],
    ['of the same user', async (app: TestApp, whose: string) => app.logIn(whose), 400, 'invalid_state'],
    ['of another user', async (app: TestApp) => app.logIn('auth0|bob'), 400, 'invalid_state'],
  ])('is not good in another browser %s', async (_whose, open, status, errorCode) => {
    const pending = await pendingConnect(test, person);
    const other = await open(test, user);

    const { answer, calls } = await watch(test, () => other.request(pending));

    expect(answer.status).toBe(status);
    expect(errorCodeOf(answer)).toBe(errorCode);
    expect(calls).toEqual({});
    expect((await person.request(pending)).headers.get('location'), 'still good where it began').toBe('/calendar/open');
    expect(test.control.accounts('auth0|bob')).toEqual([]);
  });

  it.each([
    ['after the first one logged out', true],
    ['over the first one', false],
  ])('is refused here when another user has signed in meanwhile, %s', async (_how, logsOut) => {
    const pending = await pendingConnect(test, person);
    if (logsOut) await person.request(test.at('/auth/logout'), { method: 'POST' });
    const login = await pendingLogin(test, person, { user: 'auth0|bob', query: '&prompt=login' });
    expect((await person.request(login)).status).toBe(302);

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect((await person.request(test.at('/auth/profile'))).json()).toMatchObject({ sub: 'auth0|bob' });
    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(calls).toEqual({});
    expect(test.control.accounts('auth0|bob')).toEqual([]);
  });

  it('asks to log in again when the session has expired meanwhile, and keeps no transaction', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const pending = await pendingConnect(test, person);
    vi.setSystemTime(Date.now() + 121_000);

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect(answer.status).toBe(401);
    expect(errorCodeOf(answer)).toBe('login_required');
    expect(calls).toEqual({});
    await test.logIn(user, person);
    expect(errorCodeOf(await person.request(pending)), 'it is gone').toBe('invalid_state');
  });

  it('leads a person whose session has expired meanwhile to the page of the connect', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const pending = await pendingConnect(test, person);
    vi.setSystemTime(Date.now() + 121_000);

    const back = await person.request(pending, { headers: NAVIGATION_FROM_ELSEWHERE });

    expect(back.headers.get('location')).toBe(
      '/calendar/open?auth0_connect_error=login_required&auth0_connect_connection=github',
    );
  });

  it('does not complete what was begun in a session that was ended from elsewhere', async () => {
    const pending = await pendingConnect(test, person);
    await test.app.get(SessionService).endAllSessions(user);

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(calls).toEqual({});
  });

  it('forgets a connect whose ticket is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    test.control.setTokenLifetimes({ ticket: 90 });
    const pending = await pendingConnect(test, person);
    test.control.setTokenLifetimes({ ticket: 300 });
    vi.setSystemTime(Date.now() + 91_000);

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(calls).toEqual({});
  });

  const useless: [string, Record<string, string | undefined>][] = [
    ['no connect code', { connect_code: undefined }],
    ['an empty connect code', { connect_code: '' }],
    ['a connect code longer than Auth0 gives', { connect_code: 'c'.repeat(47) }],
    ['a code in place of the connect code', { connect_code: undefined, code: 'a-code' }],
    ['a code beside the connect code', { code: 'a-code' }],
  ];

  it.each(useless)('ends the connect without a call when there is %s', async (_what, parameters) => {
    const pending = await pendingConnect(test, person);
    const other = await pendingConnect(test, person, { connection: 'slack' });

    const { answer, calls } = await watch(test, () => person.request(changed(pending, parameters)));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_callback');
    expect(calls).toEqual({});
    expect(errorCodeOf(await person.request(pending)), 'it is used up').toBe('invalid_state');
    expect((await person.request(other)).status, 'the other one is not').toBe(302);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('answers a connect code that Auth0 never gave with 400, and the session stays', async () => {
    const pending = await pendingConnect(test, person);

    const { answer, calls } = await watch(test, () => person.request(changed(pending, { connect_code: 'forged' })));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_callback');
    expect(calls).toEqual({ complete: 1 });
    expect(test.control.accounts(user)).toEqual([]);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('tells a program that the person said no, and brings a person back with the code', async () => {
    const data = await pendingConnect(test, person, { action: 'cancel' });
    const page = await pendingConnect(test, person, { action: 'cancel' });

    const { answer, calls } = await watch(test, () => person.request(changed(data, { error_description: SCRIPT })));
    const back = await person.request(changed(page, { error_description: SCRIPT }), { headers: AS_A_PAGE });

    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ errorCode: 'access_denied', connection: 'github' });
    expect(answer.text).not.toContain('script');
    expect(calls).toEqual({});
    expect(back.headers.get('location')).toBe(
      '/calendar/open?auth0_connect_error=access_denied&auth0_connect_connection=github',
    );
    expect(errorCodeOf(await person.request(data)), 'it is used up').toBe('invalid_state');
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('shows nothing of an error whose state is wrong', async () => {
    const pending = await pendingConnect(test, person);
    const forged = changed(pending, { state: unknownToken(), error: SCRIPT, error_description: SCRIPT });

    const answer = await person.request(forged);
    const page = await person.request(forged, { headers: AS_A_PAGE });

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_state');
    expect(answer.text).not.toContain('script');
    expect(page.headers.get('location'), 'a person who is logged in goes on').toBe('/');
    expect(page.text).not.toContain('script');
    expect((await person.request(pending)).status).toBe(302);
  });

  it('says that the account belongs to somebody already', async () => {
    test.control.connectAccount('auth0|carol', 'github', { email: `${user.slice('auth0|'.length)}@example.com` });
    const data = await pendingConnect(test, person);
    const answer = await person.request(data);
    const page = await pendingConnect(test, person);
    const back = await person.request(page, { headers: AS_A_PAGE });

    expect(answer.status).toBe(409);
    expect(errorCodeOf(answer)).toBe('account_conflict');
    expect(back.headers.get('location')).toBe(
      '/calendar/open?auth0_connect_error=account_conflict&auth0_connect_connection=github',
    );
  });

  it('keeps the newest of very many that nobody finishes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await pendingConnect(test, person);
    for (let more = 0; more < 20; more += 1) {
      vi.setSystemTime(Date.now() + 1000);
      await person.request(test.at('/auth/connect/github'));
    }
    vi.setSystemTime(Date.now() + 1000);
    const last = await pendingConnect(test, person, { connection: 'slack' });

    expect(errorCodeOf(await person.request(first))).toBe('invalid_state');
    expect((await person.request(last)).status).toBe(302);
  });

  it.each([
    ['503', { status: 503 }, 503, 'auth0_unavailable'],
    ['a page of a gateway', { status: 502, body: SCRIPT, contentType: 'text/html' }, 503, 'auth0_unavailable'],
    ['a page as success', { status: 201, body: SCRIPT, contentType: 'text/html' }, 502, 'invalid_auth0_response'],
    ['other types', { status: 201, body: { id: 7, connection: [] } }, 502, 'invalid_auth0_response'],
    ['nothing', { status: 201 }, 502, 'invalid_auth0_response'],
    ['429 for a long time', { status: 429, headers: { 'retry-after': '60' } }, 429, 'rate_limited'],
    ['403', { status: 403, body: { title: SCRIPT, detail: SCRIPT } }, 502, 'auth0_refused'],
  ])('passes on that Auth0 answers the completion with %s', async (_what, scripted, status, errorCode) => {
    const pending = await pendingConnect(test, person);
    test.control.failNext('complete', scripted);

    const answer = await person.request(pending);

    expect(answer.status).toBe(status);
    expect(errorCodeOf(answer)).toBe(errorCode);
    expect(answer.text).not.toContain('script');
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('asks once more with a new access token when Auth0 has ended the one it had', async () => {
    const pending = await pendingConnect(test, person);
    test.control.failNext('complete', { status: 401, body: { title: 'Unauthorized', status: 401 } });

    const { answer, calls } = await watch(test, () => person.request(pending));

    expect(answer.status).toBe(302);
    expect(calls).toEqual({ complete: 2, refresh: 1 });
  });
});
