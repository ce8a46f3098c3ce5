import { ConnectedAccountsService } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, isLoggedIn, someUsers, watch } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

const GOOGLE = 'google-oauth2';
const PAGE = '<html><script>alert(1)</script></html>';

describe.each(adapters)('failures on the way to a token on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(60) }, controllers: [TokenController] });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
    test.control.connectAccount(user, GOOGLE);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    test.control.requireMfa(null);
    test.control.setUnknownAudience('refuse');
    test.control.setTokenLifetimes({ accessToken: 86_400 });
    register({});
  });

  const open = (path: string, who = person): Promise<Answer> => who.request(test.at(path));
  const register = (changes: Partial<Parameters<TestApp['tenant']['addClient']>[0]>): void =>
    test.tenant.addClient({ ...CLIENT, redirectUris: [test.at('/auth/callback')], logoutUrls: [test.url], ...changes });

  it('shares a failure among those who wait, and asks again for the next one', async () => {
    const asked = vi.spyOn(test.app.get(ConnectedAccountsService), 'getAccessTokenForConnection');
    test.control.failNext('exchange', { status: 503 });
    const hold = test.control.hold('exchange');
    test.control.resetCounts();
    const all = Promise.all(Array.from({ length: 10 }, () => open('/tokens/stored?connection=google-oauth2')));
    await hold.arrived;
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(10));
    hold.release();

    const answers = await all;

    expect(answers.map(errorCodeOf)).toEqual(Array.from({ length: 10 }, () => 'auth0_unavailable'));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(test.control.count('exchange')).toBe(1);
    expect((await open('/calendar')).status).toBe(200);
    expect(test.control.count('exchange')).toBe(2);
  });

  it('waits a short rate limit out', async () => {
    test.control.failNext('exchange', { status: 429, headers: { 'retry-after': '0' } });

    const { answer, calls } = await watch(test, () => open('/calendar'));

    expect(answer.status).toBe(200);
    expect(calls).toEqual({ exchange: 2 });
  });

  it.each([
    ['seconds', () => '60'],
    ['a date', () => new Date(Date.now() + 60_000).toUTCString()],
  ])('passes a long rate limit on at once, given in %s', async (_form, retryAfter) => {
    test.control.failNext('exchange', {
      status: 429,
      headers: { 'retry-after': retryAfter() },
      body: { error: 'too_many_requests' },
    });

    const { answer, calls } = await watch(test, () => open('/calendar'));

    expect(answer.status).toBe(429);
    const body = answer.json<{ errorCode: string; retryAfterSeconds: number }>();
    expect(body.errorCode).toBe('rate_limited');
    expect(body.retryAfterSeconds).toBeGreaterThan(55);
    expect(body.retryAfterSeconds).toBeLessThan(65);
    expect(calls).toEqual({ exchange: 1 });
  });

  const refusals: [string, Parameters<TestApp['control']['failNext']>[1], number, string][] = [
    ['503', { status: 503 }, 503, 'auth0_unavailable'],
    ['a page of a gateway', { status: 502, body: PAGE, contentType: 'text/html' }, 503, 'auth0_unavailable'],
    ['500 as JSON', { status: 500, body: { error: 'server_error' } }, 503, 'auth0_unavailable'],
    ['a page as success', { status: 200, body: PAGE, contentType: 'text/html' }, 502, 'invalid_auth0_response'],
    ['a page as refusal', { status: 401, body: PAGE, contentType: 'text/html' }, 502, 'invalid_auth0_response'],
    ['a redirect', { status: 302, headers: { location: 'https://evil.example/' } }, 502, 'invalid_auth0_response'],
    ['JSON cut off', { status: 200, body: '{"access', contentType: 'application/json' }, 502, 'invalid_auth0_response'],
    ['a list', { status: 200, body: [] }, 502, 'invalid_auth0_response'],
    ['null', { status: 200, body: 'null', contentType: 'application/json' }, 502, 'invalid_auth0_response'],
    ['more than a megabyte', { status: 200, body: { a: 'x'.repeat(1_100_000) } }, 502, 'invalid_auth0_response'],
    ['a wrong client', { status: 401, body: { error: 'invalid_client' } }, 502, 'auth0_misconfigured'],
    ['a grant that is off', { status: 403, body: { error: 'unauthorized_client' } }, 502, 'auth0_misconfigured'],
    ['a refusal of its own', { status: 403, body: { error: PAGE, error_description: PAGE } }, 502, 'auth0_refused'],
    [
      'another login',
      { status: 403, body: { error: 'unmet_authentication_requirements' } },
      403,
      'unmet_authentication_requirements',
    ],
  ];

  it.each(refusals)(
    'answers %s with its own code, and takes nothing from it',
    async (_what, scripted, status, code) => {
      test.control.failNext('exchange', scripted);

      const answer = await open('/calendar');

      expect(answer.status).toBe(status);
      expect(errorCodeOf(answer)).toBe(code);
      expect(answer.text).not.toContain('script');
      expect(await isLoggedIn(test, person)).toBe(true);
      const after = await watch(test, () => open('/calendar'));
      expect(after.answer.status).toBe(200);
      expect(after.calls, 'nothing was stored').toEqual({ exchange: 1 });
    },
  );

  it.each([
    ['no token', { access_token: undefined }],
    ['a number as token', { access_token: 42 }],
    ['an empty token', { access_token: '' }],
    ['no token type', { token_type: undefined }],
    ['a token type that is no text', { token_type: 7 }],
    ['another token type', { token_type: 'mac' }],
    ['a list as scope', { scope: ['repo'] }],
    ['a lifetime that is no number', { expires_in: 'soon' }],
  ])('stores nothing of an answer with %s', async (_what, lie) => {
    test.control.rewriteNext('exchange', (body) => ({ ...body, ...lie }));

    const answer = await open('/calendar');

    expect(answer.status).toBe(502);
    expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
    const after = await watch(test, () => open('/calendar'));
    expect(after.answer.status).toBe(200);
    expect(after.calls).toEqual({ exchange: 1 });
  });

  it('asks to log in when Auth0 has revoked the refresh token, and does not show it again', async () => {
    test.control.revokeRefreshTokens(user);
    const first = await open('/calendar');

    const second = await watch(test, () => open('/calendar'));
    const accounts = await watch(test, () => open('/auth/accounts'));

    for (const answer of [first, second.answer, accounts.answer]) {
      expect(answer.status).toBe(401);
      expect(errorCodeOf(answer)).toBe('login_required');
    }
    expect(second.calls).toEqual({});
    expect(accounts.calls).toEqual({});
    await test.logIn(user, person);
    expect((await open('/calendar')).status, 'after a new login').toBe(200);
  });

  it('asks to log in when Auth0 refuses a refresh, and does not ask it again', async () => {
    test.control.failNext('refresh', { status: 403, body: { error: 'invalid_grant' } });
    const first = await open('/auth/accounts');

    const second = await watch(test, () => open('/auth/accounts'));

    expect([first, second.answer].map(errorCodeOf)).toEqual(['login_required', 'login_required']);
    expect(second.calls).toEqual({});
  });

  it.each([
    ['exchange', '/calendar'],
    ['refresh', '/auth/accounts'],
  ] as const)('takes mfa_required at the %s for a step-up and not for the end of the session', async (on, path) => {
    test.control.requireMfa(on);
    const answer = await open(path);
    test.control.requireMfa(null);

    expect(answer.status).toBe(403);
    expect(errorCodeOf(answer)).toBe('mfa_required');
    expect(await isLoggedIn(test, person)).toBe(true);
    expect((await open(path)).status).toBe(200);
  });

  it('keeps every refresh token that Auth0 rotates', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    test.control.setTokenLifetimes({ accessToken: 120 });
    test.control.setRefreshTokenRotation(CLIENT.clientId, true);

    const answers = [await open('/auth/accounts')];
    vi.setSystemTime(Date.now() + 180_000);
    answers.push(await open('/auth/accounts'), await open('/tokens/api'));
    const exchange = await open('/calendar');
    test.control.setRefreshTokenRotation(CLIENT.clientId, false);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(errorCodeOf(exchange), 'Token Vault does not take rotation').toBe('auth0_misconfigured');
    expect((await open('/calendar')).status).toBe(200);
  });

  it('spends a rotating refresh token for one request after the other', async () => {
    test.control.setRefreshTokenRotation(CLIENT.clientId, true);
    const scopes = ['read:events', 'write:events', 'read:profile', 'write:profile'];

    const answers = await Promise.all(
      scopes.map((scope) => open(`/tokens/api?audience=${encodeURIComponent(API_AUDIENCE)}&scope=${scope}`)),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map((answer) => answer.json<{ scopes: string[] }>().scopes)).toEqual(scopes.map((scope) => [scope]));
    expect((await open('/auth/accounts')).status).toBe(200);
  });

  it.each(['ignore', 'refuse'] as const)(
    'says what to switch on when the policies lack My Account and Auth0 would %s',
    async (reaction) => {
      register({ mrrtPolicies: [{ audience: API_AUDIENCE, scopes: ['read:events'] }] });
      test.control.setUnknownAudience(reaction);

      const { answer, calls } = await watch(test, () => open('/auth/accounts'));

      expect(answer.status).toBe(502);
      expect(errorCodeOf(answer)).toBe('auth0_misconfigured');
      expect(answer.json<{ message: string }>().message).toContain('MRRT');
      expect(calls, 'the token of another audience is not sent').toEqual({ refresh: 1 });
      expect(await isLoggedIn(test, person)).toBe(true);
    },
  );

  it('says what to switch on when the policies lack a scope, for the operations that need it', async () => {
    register({ mrrtPolicies: [{ audience: 'me/', scopes: ['read:me:connected_accounts'] }] });

    const list = await open('/auth/accounts');
    const { answer, calls } = await watch(test, () => open('/auth/connect/github'));

    expect(list.status).toBe(200);
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({
      errorCode: 'auth0_misconfigured',
      message: expect.stringContaining('create:me:connected_accounts'),
    });
    expect(calls).toEqual({});
  });

  it('gives an API token for the audience and scope that is asked for, from one refresh token', async () => {
    const audience = encodeURIComponent(API_AUDIENCE);

    const answer = await open(`/tokens/api?audience=${audience}&scope=read:events%20fly:rockets`);

    expect(answer.json()).toMatchObject({
      audience: API_AUDIENCE,
      scopes: ['read:events'],
      missingScopes: ['fly:rockets'],
    });
    const again = await watch(test, () => open(`/tokens/api?audience=${audience}&scope=read:events%20fly:rockets`));
    expect(again.calls).toEqual({});
  });
});
