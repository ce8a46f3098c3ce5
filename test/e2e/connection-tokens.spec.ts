import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, lastRequest, someUsers, watch } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { adapters, CALENDAR_SCOPE, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

const GOOGLE = 'google-oauth2';

function tokenOf(answer: Answer): string {
  return answer.json<{ token: string }>().token;
}

describe.each(adapters)('connection tokens on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers() }, controllers: [TokenController] });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });
  afterEach(() => {
    vi.useRealTimers();
    test.control.setProviderTokenLifetime(3600);
  });

  const open = (path: string, who = person): Promise<Answer> => who.request(test.at(path));
  /** The mail address of the account that the provider knows the token by. */
  const accountOf = async (token: string): Promise<string> => {
    const events = await fetch(`${test.tenant.domain}/upstream/google/calendar/v3/calendars/primary/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await events.json()) as { summary: string }).summary;
  };

  it('serves a stored token for as long as a minute of it is left, then exchanges again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const start = Date.now();
    test.control.connectAccount(user, GOOGLE);
    test.control.setProviderTokenLifetime(600);

    const first = await watch(test, () => open('/calendar'));
    vi.setSystemTime(start + 538_000);
    const later = await watch(test, () => open('/calendar'));
    test.control.expireProviderTokens({ userId: user });
    vi.setSystemTime(start + 542_000);
    const late = await watch(test, () => open('/calendar'));

    expect(first.calls).toEqual({ exchange: 1 });
    expect(later.calls).toEqual({});
    expect(tokenOf(later.answer)).toBe(tokenOf(first.answer));
    expect(late.calls).toEqual({ exchange: 1 });
    expect(tokenOf(late.answer)).not.toBe(tokenOf(first.answer));
  });

  it('sends what Token Vault documents and nothing else', async () => {
    test.control.connectAccount(user, GOOGLE);

    await open('/calendar');

    expect(lastRequest(test, 'exchange').body).toEqual({
      grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token: expect.any(String),
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: GOOGLE,
      client_id: 'test-client',
      client_secret: 'test-client-secret',
    });
  });

  it('gives the details where a handler asks for them', async () => {
    test.control.connectAccount(user, GOOGLE, { scopes: ['openid', CALENDAR_SCOPE] });

    const answer = await open('/calendar/details');

    expect(answer.json()).toEqual({
      accessToken: expect.stringContaining(GOOGLE),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      scopes: ['openid', CALENDAR_SCOPE],
      connection: GOOGLE,
    });
  });

  it('reads the scopes of a provider that separates them by commas', async () => {
    test.control.connectAccount(user, 'github', { scopes: ['read:user', 'repo'] });

    const answer = await open('/tokens/github');

    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ scopes: ['read:user', 'repo'] });
  });

  it('injects two tokens into one handler, or asks for the connection that is missing', async () => {
    test.control.connectAccount(user, GOOGLE);
    const one = await open('/calendar/both');
    test.control.connectAccount(user, 'github');
    const both = await open('/calendar/both');

    expect(one.status).toBe(403);
    expect(one.json()).toMatchObject({ errorCode: 'connection_required', connection: 'github' });
    expect(both.json()).toEqual({
      google: expect.stringMatching(/^google-oauth2_/),
      github: expect.stringMatching(/^github_/),
    });
  });

  it('never hands the token of one account out for another of the same connection', async () => {
    const alice = await test.logIn('auth0|alice');
    test.control.connectAccount('auth0|alice', GOOGLE, { email: 'alice@work.example' });
    test.control.connectAccount('auth0|alice', GOOGLE, { email: 'alice@gmail.example' });

    const tokens = [
      await open('/calendar', alice),
      await open('/calendar/work', alice),
      await open('/calendar', alice),
      await open('/calendar/work', alice),
    ].map(tokenOf);

    const accounts = await Promise.all(tokens.map(accountOf));
    expect(accounts).toEqual([
      'alice@gmail.example',
      'alice@work.example',
      'alice@gmail.example',
      'alice@work.example',
    ]);
    expect(test.control.requests.filter(({ kind }) => kind === 'exchange').at(-1)?.body).toMatchObject({
      login_hint: 'alice@work.example',
    });
  });

  it('offers to connect the account that was hinted at', async () => {
    test.control.connectAccount(user, GOOGLE);

    const answer = await open('/calendar/work');

    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ errorCode: 'connection_required', loginHint: 'alice@work.example' });
    const connectUrl = new URL(answer.json<{ connectUrl: string }>().connectUrl);
    expect(connectUrl.searchParams.get('login_hint')).toBe('alice@work.example');
  });

  it('never hands the token of one user to another, in one browser or in two', async () => {
    const other = `auth0|person${count++}`;
    test.control.connectAccount(user, GOOGLE);
    test.control.connectAccount(other, GOOGLE);
    const first = tokenOf(await open('/calendar'));

    const elsewhere = tokenOf(await open('/calendar', await test.logIn(other)));
    const page = await person.open(test.at('/auth/login?prompt=login'));
    await person.submit(page, { user: other, action: 'login' });
    const here = tokenOf(await open('/calendar'));

    expect(await accountOf(first)).toBe(`${user.slice(6)}@example.com`);
    expect(await accountOf(elsewhere)).toBe(`${other.slice(6)}@example.com`);
    expect(await accountOf(here)).toBe(`${other.slice(6)}@example.com`);
  });

  it('asks for old and missing scopes together when the person unticked one, and is put right by it', async () => {
    await test.connect(person, GOOGLE, { scopes: ['openid', 'email'] });

    const refused = await open('/calendar?week=7');
    const again = await watch(test, () => open('/calendar?week=7'));

    expect(refused.status).toBe(403);
    const body = refused.json<{ connectUrl: string }>();
    expect(body).toMatchObject({
      errorCode: 'insufficient_scope',
      connection: GOOGLE,
      scopes: ['openid', 'email', CALENDAR_SCOPE],
      missingScopes: [CALENDAR_SCOPE],
    });
    expect(again.calls, 'Auth0 is not asked over and over').toEqual({});
    const connectUrl = new URL(body.connectUrl);
    expect(connectUrl.searchParams.getAll('scopes')).toEqual(['openid', 'email', CALENDAR_SCOPE]);

    const consent = await person.open(connectUrl);
    const done = await person.submit(consent, { action: 'approve' });
    expect(done.url).toBe(test.at('/calendar?week=7'));
    expect(done.status).toBe(200);
  });

  it('looks for a scope again after a while, for it may have been granted elsewhere', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    test.control.connectAccount(user, GOOGLE, { scopes: ['openid'] });
    expect(errorCodeOf(await open('/calendar'))).toBe('insufficient_scope');
    test.control.connectAccount(user, GOOGLE, { scopes: ['openid', CALENDAR_SCOPE] });
    vi.setSystemTime(Date.now() + 61_000);

    const answer = await open('/calendar');

    expect(answer.status).toBe(200);
  });

  it('exchanges an expired token once for 200 requests at a time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    test.control.connectAccount(user, GOOGLE);
    await open('/calendar');
    vi.setSystemTime(Date.now() + 3_600_000);
    test.control.resetCounts();
    const hold = test.control.hold('exchange');

    const all = Promise.all(Array.from({ length: 200 }, () => open('/calendar')));
    await hold.arrived;
    hold.release();
    const answers = await all;

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(tokenOf)).size).toBe(1);
    expect(test.control.count('exchange')).toBe(1);
  });

  it('exchanges at once when told that the provider has refused the stored token', async () => {
    vi.useFakeTimers({ toFake: ['Date'] }); // in the millisecond that it was stored in, too
    test.control.connectAccount(user, GOOGLE);
    const refused = tokenOf(await open('/calendar'));
    test.control.expireProviderTokens({ userId: user });

    const { answer, calls } = await watch(test, () => open(`/tokens/new?connection=${GOOGLE}`));

    expect(calls).toEqual({ exchange: 1 });
    const { accessToken } = answer.json<{ accessToken: string }>();
    expect(accessToken).not.toBe(refused);
    expect(tokenOf(await open('/calendar')), 'the new one is the stored one').toBe(accessToken);
  });

  it.each([null, undefined, 0])('hands a token whose expires_in is %s over once and stores it not', async (value) => {
    test.control.connectAccount(user, GOOGLE);
    test.control.rewriteNext('exchange', (body) => ({ ...body, expires_in: value }), 2);

    const first = await watch(test, () => open('/calendar'));
    const second = await watch(test, () => open('/calendar'));
    const third = await watch(test, () => open('/calendar'));

    expect([first, second, third].map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    expect([first, second, third].map(({ calls }) => calls.exchange)).toEqual([1, 1, 1]);
    expect(tokenOf(first.answer)).toBe(tokenOf(third.answer));
  });

  it('stores no token for a session that was ended while the exchange ran', async () => {
    test.control.connectAccount(user, GOOGLE);
    const hold = test.control.hold('exchange');
    const pending = open('/calendar');
    await hold.arrived;
    await person.request(test.at('/auth/logout'), { method: 'POST' });
    hold.release();

    const answer = await pending;

    expect(answer.status).not.toBe(500);
    const rows: unknown[] = await test.database.query(
      `SELECT * FROM auth0_connect_connection_tokens t LEFT JOIN auth0_connect_sessions s ON s.id = t.session_id WHERE s.id IS NULL`,
    );
    expect(rows).toEqual([]);
    expect((await open('/calendar')).status).toBe(401);
  });
});
