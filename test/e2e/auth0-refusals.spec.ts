import {
  AccessDeniedError,
  ConnectedAccountsService,
  LoginService,
  ProviderUnavailableError,
  SessionService,
  type Auth0Error,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, isLoggedIn, NAVIGATION, pendingLogin, someUsers, storedRows, watch } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

const GOOGLE = 'google-oauth2';
const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';
const REASON = 'no subscription';

async function thrownBy(work: Promise<unknown>): Promise<Auth0Error> {
  try {
    await work;
  } catch (error) {
    return error as Auth0Error;
  }
  throw new Error('nothing was thrown');
}

/** The next calls of an address meet a reset, until what this gives is called: it tells how many did. */
function resetNext(path: string, times: number): () => number {
  const { fetch: real } = globalThis;
  let resets = 0;
  vi.stubGlobal('fetch', (input: string | URL, init?: RequestInit) => {
    if (resets >= times || !String(input).includes(path)) return real(input, init);
    resets += 1;
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    return Promise.reject(new TypeError('fetch failed', { cause: reset }));
  });
  return () => {
    vi.stubGlobal('fetch', real);
    return resets;
  };
}

describe.each(adapters)('what Auth0 says no with on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(80) }, controllers: [TokenController] });
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      grantTypes: [
        'authorization_code',
        'refresh_token',
        CIBA_GRANT,
        'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      ],
    });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
    test.control.connectAccount(user, GOOGLE);
  });

  const open = (path: string): Promise<Answer> => person.request(test.at(path));
  const outcome = async (path: string): Promise<unknown[]> => {
    const answer = await open(path);
    return [answer.status, errorCodeOf(answer)];
  };
  const session = async (): Promise<LoginSession> => {
    const [newest] = await test.app.get(SessionService).listSessions(user);
    if (!newest) throw new Error('no session');
    return newest;
  };
  const newToken = `/tokens/new?connection=${GOOGLE}`;

  describe.each([500, 503, 400, 403])('an Action that denies with status %i', (status) => {
    const denial = { status, body: { error: 'access_denied', error_description: REASON } };

    it('is no outage at a refresh, and has its reason for the developer', async () => {
      test.control.failNext('refresh', denial);
      const error = await thrownBy(
        test.app.get(LoginService).getAccessToken(await session(), { scope: 'read:events' }),
      );
      expect(error).toBeInstanceOf(AccessDeniedError);
      expect(error).toMatchObject({ auth0Status: status, auth0Error: 'access_denied', auth0Description: REASON });
      expect(JSON.stringify(error.getResponse())).not.toContain(REASON);
    });

    it('is none at a login, and the person lands on a page', async () => {
      const browser = new Person();
      const callback = await pendingLogin(test, browser, { user });
      test.control.failNext('code', denial);
      const answer = await browser.request(callback, { headers: NAVIGATION });
      expect(answer.status).toBe(302);
      expect(answer.location).toContain('auth0_connect_error=access_denied');
    });

    it('is none at an exchange, and drops no tokens', async () => {
      await open('/calendar');
      test.control.failNext('exchange', denial);
      expect(await outcome(newToken)).toEqual([403, 'access_denied']);
      expect((await storedRows(test)).tokens).toBeGreaterThan(0);
    });

    it('is none at a custom token exchange', async () => {
      test.control.failNext('token-other', denial);
      const exchange = test.app
        .get(LoginService)
        .exchangeToken({ subjectToken: 'x', subjectTokenType: 'urn:acme:legacy' });
      expect(await thrownBy(exchange)).toMatchObject({ code: 'access_denied', auth0Description: REASON });
    });

    it('ends a login on another device', async () => {
      const logins = test.app.get(LoginService);
      const pending = await logins.startBackchannelLogin({ loginHint: { sub: user }, bindingMessage: 'x' });
      test.control.failNext('token-other', denial);
      expect(await thrownBy(logins.completeBackchannelLogin(pending))).toMatchObject({
        code: 'access_denied',
        cause: { auth0Description: REASON },
      });
    });
  });

  it('takes an error under status 200 for a refusal, too', async () => {
    test.control.failNext('refresh', { status: 200, body: { error: 'access_denied', error_description: REASON } });
    expect(await outcome('/tokens/api?scope=read:events')).toEqual([403, 'access_denied']);
  });

  it.each([
    ['OAuth says that it passes', { error: 'server_error' }],
    ['OAuth says that it will be back', { error: 'temporarily_unavailable' }],
    ['a gateway has a sentence', { error: 'Internal Server Error' }],
    ['a gateway has a code', { error: 'service_unavailable' }],
    ['there is no text', { error: 500 }],
  ])('takes a 500 for an outage where %s', async (_what, body) => {
    test.control.failNext('refresh', { status: 500, body });
    expect(await outcome('/tokens/api?scope=read:events')).toEqual([503, 'auth0_unavailable']);
  });

  describe('a refresh that is refused', () => {
    const denial = { status: 403, body: { error: 'access_denied', error_description: 'not a member any more' } };

    it.each([
      ["of the login's own audience, which is not named", '/tokens/api?scope=read:events'],
      ["of the login's own audience by its name", `/tokens/api?scope=x&audience=${encodeURIComponent(API_AUDIENCE)}`],
    ])('%s is about the user and not about a policy', async (_which, path) => {
      test.control.failNext('refresh', denial);
      expect(await outcome(path)).toEqual([403, 'access_denied']);
      expect(await isLoggedIn(test, person)).toBe(true);
    });

    it('for another audience is about the policies', async () => {
      test.control.failNext('refresh', denial);
      const answer = await open('/auth/accounts');
      expect([answer.status, errorCodeOf(answer)]).toEqual([502, 'auth0_misconfigured']);
      expect(answer.text).toContain('MRRT');
    });

    it.each(['unauthorized', 'access_denied'])('because the user is blocked (%s) is about the user', async (error) => {
      test.control.failNext('refresh', { status: 401, body: { error, error_description: 'user is blocked' } });
      expect(await outcome('/tokens/api?scope=read:events')).toEqual([403, 'access_denied']);
    });
  });

  it('of the My Account API is on the error as it came, type and all, and in no answer', async () => {
    const told = {
      type: 'https://auth0.com/api-errors/A0E-400-0003',
      status: 400,
      title: 'Validation Error',
      detail: 'One or more validation errors.',
      validation_errors: [
        { detail: 'unknown connection', field: 'connection', pointer: '/connection', source: 'body' },
      ],
    };
    test.control.failNext('connect', { status: 400, body: told });
    const failed = await thrownBy(
      test.app.get(ConnectedAccountsService).startConnectAccount(await session(), { connection: 'github' }),
    );
    expect(failed).toMatchObject({
      code: 'auth0_refused',
      operation: 'connect',
      auth0Type: told.type,
      auth0Status: 400,
      auth0Error: told.title,
      auth0Description: told.detail,
      validationErrors: told.validation_errors,
    });
    expect(JSON.stringify(failed.getResponse())).not.toMatch(/api-errors|validation/i);
  });

  describe("a provider's token that cannot be renewed", () => {
    it.each([
      ['federated_connection_refresh_token_flow_failed', undefined],
      ['federated_connection_refresh_token_flow_failed', 'The identity provider answered 503'],
      ['federated_connection_temporarily_unavailable', undefined],
    ])('is told as passing (%s, %s), and what is stored stays', async (error, error_description) => {
      const stored = (await open('/calendar')).json();
      test.control.failNext('exchange', { status: 401, body: { error, error_description } });

      const failed = await thrownBy(
        test.app
          .get(ConnectedAccountsService)
          .getAccessTokenForConnection(await session(), { connection: GOOGLE, forceRefresh: true }),
      );

      expect(failed).toBeInstanceOf(ProviderUnavailableError);
      expect(failed).toMatchObject({ code: 'provider_unavailable', auth0Status: 401, auth0Error: error });
      const connectUrl = expect.stringMatching(/\/auth\/connect\/google-oauth2$/) as string;
      expect(failed.getResponse(), 'a way on, where it does not pass').toMatchObject({
        statusCode: 503,
        connection: GOOGLE,
        connectUrl,
      });
      const after = await watch(test, () => open('/calendar'));
      expect([after.answer.json(), after.calls]).toEqual([stored, {}]);
    });

    it.each([
      ['federated_connection_refresh_token_not_found', undefined],
      ['tokenset_not_found', undefined],
      ['federated_connection_refresh_token_flow_failed', 'invalid_grant: Token has been expired or revoked.'],
    ])('asks to connect again where the grant is gone (%s, %s)', async (error, error_description) => {
      await open('/calendar');
      test.control.failNext('exchange', { status: 401, body: { error, error_description }, times: 2 });
      expect(await outcome(newToken)).toEqual([403, 'connection_required']);
      expect(await outcome('/calendar')).toEqual([403, 'connection_required']);
    });

    it('because of something that nobody has heard of asks for nothing, and drops nothing', async () => {
      await open('/calendar');
      test.control.failNext('exchange', { status: 401, body: { error: 'something_new' } });
      expect(await outcome(newToken)).toEqual([502, 'auth0_refused']);
      expect((await watch(test, () => open('/calendar'))).calls).toEqual({});
    });
  });

  it('takes a token of another user, after accounts were linked, for the end of this login, once', async () => {
    const linked = await test.control.logoutToken(
      {
        iss: test.tenant.issuer,
        aud: `${test.tenant.issuer}me/`,
        sub: 'auth0|primary',
        exp: Math.floor(Date.now() / 1000) + 600,
        events: undefined,
      },
      { typ: 'at+jwt' },
    );
    test.control.rewriteNext('refresh', (body) => ({ ...body, access_token: linked, id_token: undefined }));
    expect(await outcome('/auth/accounts')).toEqual([401, 'login_required']);
    const again = await watch(test, () => open('/auth/accounts'));
    expect([again.answer.status, errorCodeOf(again.answer), again.calls]).toEqual([401, 'login_required', {}]);
    await test.logIn(user, person);
    expect((await open('/auth/accounts')).status).toBe(200);
  });

  it.each([0, -5, '0', null])('takes an expires_in of %o for no expiry that is told', async (expires_in) => {
    test.control.rewriteNext('exchange', (body) => ({ ...body, expires_in }));
    expect((await open(newToken)).status).toBe(200);
    test.control.rewriteNext('refresh', (body) => ({ ...body, expires_in }));
    expect((await open('/auth/accounts')).status).toBe(200);
    const { calls } = await watch(test, () => open('/auth/accounts'));
    expect(calls, 'the token itself says when it ends').toEqual({ accounts: 1 });
    const callback = await pendingLogin(test, person, { user });
    test.control.rewriteNext('code', (body) => ({ ...body, expires_in }));
    expect((await person.request(callback, { headers: NAVIGATION })).status).toBe(302);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  describe('a kept connection that the other side has closed', () => {
    it.each([
      ['an exchange', '/oauth/token', newToken],
      ['a list', '/me/v1/connected-accounts/accounts', '/auth/accounts'],
      ['a connect', '/me/v1/connected-accounts/connect', '/auth/connect/github'],
    ])('is not seen by a person at %s, if it happens once', async (_call, address, path) => {
      await open('/auth/accounts');
      const once = resetNext(address, 1);
      const answer = await person.request(test.at(path), { headers: NAVIGATION });
      expect([answer.status < 400, once()]).toEqual([true, 1]);

      const always = resetNext(address, 9);
      expect((await person.request(test.at(path), { headers: NAVIGATION })).status).toBe(503);
      expect(always(), 'no more than one attempt more').toBe(2);
    });

    it('is an outage at a call that might have been carried out: a code and a refresh token are spent once', async () => {
      const callback = await pendingLogin(test, person, { user });
      const atLogin = resetNext('/oauth/token', 1);
      const failed = await person.request(callback, { headers: NAVIGATION });
      expect([failed.location?.includes('auth0_unavailable'), atLogin()]).toEqual([true, 1]);

      const atRefresh = resetNext('/oauth/token', 1);
      expect(await outcome('/tokens/api?scope=read:events')).toEqual([503, 'auth0_unavailable']);
      expect(atRefresh()).toBe(1);
    });
  });
});
