import { LoginService, type BackchannelLoginOptions } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, databases, type TestDatabase } from '../support/databases.js';
import { errorCodeOf, isLoggedIn, NAVIGATION, pendingLogin, someUsers } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { CLIENT, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

const GOOGLE = 'google-oauth2';
const LONG = 'x'.repeat(70_000);

/** Numbers that JSON can carry and no clock, date or column can. */
const ODD_SECONDS = [1e17, 1e300, 'soon', {}];

const present = databases.filter(({ missing }) => !missing);

describe.each(present)('odd numbers and text from Auth0 with $name', ({ name }) => {
  let database: TestDatabase;
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    database = await createDatabase(name);
    test = await TestApp.start('Express', {
      tenant: { users: someUsers(80) },
      database: database.options,
      controllers: [TokenController],
    });
  });
  afterAll(async () => {
    await test?.stop();
    await database?.drop();
  });
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
    test.control.connectAccount(user, GOOGLE);
  });

  const outcome = async (path: string): Promise<unknown[]> => {
    const answer = await person.request(test.at(path));
    return [answer.status, answer.status === 200 ? undefined : errorCodeOf(answer)];
  };
  const logInWith = async (lie: Record<string, unknown>): Promise<Answer> => {
    const callback = await pendingLogin(test, person, { user });
    test.control.rewriteNext('code', (body) => ({ ...body, ...lie }));
    return person.request(callback);
  };
  const invalid = [502, 'invalid_auth0_response'];

  it.each(ODD_SECONDS)('an expires_in of %j is no answer, to anything', async (expires_in) => {
    const lie = (body: Record<string, unknown>) => ({ ...body, expires_in });
    test.control.rewriteNext('exchange', lie);
    test.control.rewriteNext('refresh', lie);
    expect(await outcome('/calendar')).toEqual(invalid);
    expect(await outcome('/tokens/api?scope=read:events')).toEqual(invalid);
    const login = await logInWith({ expires_in });
    expect([login.status, errorCodeOf(login)]).toEqual(invalid);
    test.control.rewriteNext('connect', lie);
    expect(await outcome('/auth/connect/github')).toEqual(invalid);
  });

  it('a fraction of a second is rounded down', async () => {
    for (const kind of ['exchange', 'refresh', 'connect'] as const) {
      test.control.rewriteNext(kind, (body) => ({ ...body, expires_in: 3599.999 }));
    }
    expect(await outcome('/calendar')).toEqual([200, undefined]);
    expect(await outcome('/tokens/api?scope=read:events')).toEqual([200, undefined]);
    expect((await person.request(test.at('/auth/connect/github'), { headers: NAVIGATION })).status).toBe(302);
    expect((await logInWith({ expires_in: 3599.999 })).status).toBe(302);
  });

  it('an access token that ends at 1e300 is no answer', async () => {
    const token = await test.control.logoutToken({
      iss: test.tenant.issuer,
      aud: `${test.tenant.issuer}me/`,
      sub: user,
      exp: 1e300,
    });
    const lie = (body: Record<string, unknown>) => ({ ...body, access_token: token, expires_in: undefined });
    test.control.rewriteNext('refresh', lie);
    expect(await outcome('/auth/accounts')).toEqual(invalid);
  });

  it.each<[string, Record<string, unknown>, number]>([
    ['a fraction as session_expiry', { session_expiry: Math.floor(Date.now() / 1000) + 600.25 }, 302],
    ['a session_expiry beyond all dates', { session_expiry: 1e300 }, 302],
    ['claims with NUL, lone surrogates and 🙂', { nickname: 'a\u0000b \ud800 🙂', name: 'Łukasz 🙂' }, 302],
    ['claims larger than 60 kB', { nickname: LONG }, 502],
    ['claims that are numbers beyond all integers', { age: 1e300, 'https://example.com/n': -1e-300 }, 302],
  ])('a login with %s is answered as it should be', async (_what, claims, status) => {
    test.control.idTokenClaims(user, claims);
    const callback = await pendingLogin(test, person, { user });
    const answer = await person.request(callback);
    test.control.idTokenClaims(user, Object.fromEntries(Object.keys(claims).map((claim) => [claim, undefined])));
    expect(answer.status).toBe(status);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it.each([
    ['access_token', 'exchange', '/calendar'],
    ['scope', 'exchange', '/calendar'],
    ['access_token', 'refresh', '/tokens/api?scope=read:events'],
    ['refresh_token', 'refresh', '/tokens/api?scope=read:events'],
    ['scope', 'refresh', '/tokens/api?scope=read:events'],
  ] as const)('an answer whose %s no column holds is none: %s', async (field, kind, path) => {
    test.control.rewriteNext(kind, (body) => ({ ...body, [field]: LONG }));
    expect(await outcome(path)).toEqual(invalid);
    const login = await logInWith({ [field]: LONG });
    expect([login.status, errorCodeOf(login)]).toEqual(invalid);
  });

  it.each([
    ['a NUL', 'openid a\u0000b'],
    ['10 kB', Array.from({ length: 1000 }, (_, index) => `scope:${index}`).join(' ')],
    ['letters that no scope has', 'openid ümlaut "x" 🙂'],
  ])('scopes with %s are kept as far as they are scopes', async (_what, scope) => {
    for (const kind of ['exchange', 'refresh'] as const) {
      test.control.rewriteNext(kind, (body) => ({ ...body, scope }));
    }
    expect(await outcome('/calendar/details')).toEqual([200, undefined]);
    expect(await outcome('/tokens/api?scope=read:events')).toEqual([200, undefined]);
    expect((await logInWith({ scope })).status).toBe(302);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an address elsewhere', { connect_uri: 'https://evil.example/connect' }],
    ['a script for an address', { connect_uri: 'javascript:alert(1)' }],
    ['a user in its address', { connect_uri: 'http://user:secret@localhost/' }],
    ['a NUL in auth_session', { auth_session: 'a\u0000b' }],
    ['an auth_session that no column holds', { auth_session: LONG }],
    ['a NUL in its ticket', { connect_params: { ticket: 'a\u0000b' } }],
    ['no time left', { expires_in: 0 }],
    ['less than no time left', { expires_in: -300 }],
  ])('a connect with %s is no answer', async (_what, lie) => {
    test.control.rewriteNext('connect', (body) => ({ ...body, ...lie }));
    expect(await outcome('/auth/connect/github')).toEqual(invalid);
  });

  it.each(['connection', 'id', 'created_at'])('a list with a NUL in %s is no answer', async (field) => {
    const rewrite = (body: Record<string, unknown>) => ({
      accounts: (body.accounts as object[]).map((account) => ({ ...account, [field]: 'a\u0000b' })),
    });
    test.control.rewriteNext('accounts', rewrite);
    expect(await outcome('/auth/accounts')).toEqual(invalid);
  });

  it.each([
    ['audience', 'a%00b'],
    ['audience', 'a'.repeat(700)],
    ['scope', 'a%00b'],
    ['scope', 'a'.repeat(9000)],
  ])('an application that passes on a %s that is none is told so', async (parameter, value) => {
    expect(await outcome(`/tokens/api?${parameter}=${value}`)).toEqual([400, 'invalid_request']);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an interval of 1e17', { interval: 1e17 }],
    ['an interval of 1e300', { interval: 1e300 }],
    ['an expires_in of 1e17', { expires_in: 1e17 }],
  ])('a login on a device with %s does not begin', async (_what, lie) => {
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      grantTypes: ['authorization_code', 'refresh_token', 'urn:openid:params:grant-type:ciba'],
    });
    const login: BackchannelLoginOptions = { loginHint: { sub: user }, bindingMessage: 'x' };
    test.control.rewriteNext('backchannel', (body) => ({ ...body, ...lie }));
    await expect(test.app.get(LoginService).startBackchannelLogin(login)).rejects.toMatchObject({
      code: 'invalid_auth0_response',
    });
    test.control.rewriteNext('backchannel', (body) => ({ ...body, interval: 0.001 }));
    expect((await test.app.get(LoginService).startBackchannelLogin(login)).intervalSeconds).toBe(1);
  });
});
