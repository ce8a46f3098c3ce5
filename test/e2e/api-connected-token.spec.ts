import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, API_AUDIENCE, type TestApp } from '../support/test-app.js';
import { ConnectionTokenEntity } from '../../libs/auth0-connect/src/persistence/entities/connection-token.entity.js';

function tokenOf(answer: Answer): string {
  return answer.json<{ accessToken: string }>().accessToken;
}

describe.each(adapters)('a connected account behind an API on %s', (adapter) => {
  let test: TestApp;
  const caller = new Person();

  beforeAll(async () => {
    test = await startApiApp(adapter);
    test.control.connectAccount('auth0|alice', 'github');
    test.control.connectAccount('auth0|alice', 'google-oauth2');
    test.control.connectAccount('auth0|bob', 'github');
  });
  afterAll(() => test?.stop());
  afterEach(async () => {
    vi.useRealTimers();
    await test.database.getRepository(ConnectionTokenEntity).clear();
  });

  const call = (path: string, token: string, method = 'GET'): Promise<Answer> =>
    caller.request(test.at(path), { headers: bearer(token), method });
  const callAs = async (path: string, claims: Record<string, unknown> = {}, method = 'GET'): Promise<Answer> =>
    call(path, await mintAccessToken(test, claims), method);
  const exchanges = (): number => test.control.count('exchange');

  it('gives the token that the provider accepts, by the exchange of the caller’s own', async () => {
    const alice = await test.logIn();
    const { token } = (await alice.request(test.at('/spa/token'))).json<{ token: string }>();
    test.control.resetCounts();

    const answer = await call('/api/github', token);

    expect(answer.status).toBe(200);
    const user = await fetch(`${test.tenant.domain}/upstream/github/user/repos`, {
      headers: { authorization: `Bearer ${tokenOf(answer)}` },
    });
    expect(user.status).toBe(200);
    const sent = test.control.requests.findLast(({ kind }) => kind === 'exchange');
    expect(sent?.body).toEqual({
      grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'github',
      client_id: 'api-client',
      client_secret: 'api-client-secret',
    });
  });

  it('exchanges once per user, connection and hint, whichever token the caller brings', async () => {
    test.control.resetCounts();
    const same = await Promise.all([callAs('/api/github'), callAs('/api/github'), callAs('/api/github')]);
    expect(same.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(exchanges()).toBe(1);
    const both = await callAs('/api/google');
    expect(both.status).toBe(200);
    expect(exchanges(), 'GitHub’s is stored').toBe(2);
    test.control.connectAccount('auth0|alice', 'google-oauth2', { email: 'alice@work.example' });
    const work = await callAs('/api/work');
    expect(work.status).toBe(200);
    expect(exchanges()).toBe(3);
    expect(work.json<string[]>()[0]).not.toBe(both.json<string[]>()[0]);
  });

  it('never gives one user’s token to another, nor to another application, organization or set of scopes', async () => {
    const alice = await callAs('/api/github');
    test.control.resetCounts();
    const bob = await callAs('/api/github', { sub: 'auth0|bob' });
    expect(tokenOf(bob)).not.toBe(tokenOf(alice));
    const carol = await callAs('/api/github', { sub: 'auth0|carol' });
    expect(carol.json()).toMatchObject({ statusCode: 403, errorCode: 'connection_required' });
    expect(exchanges()).toBe(2);
    for (const other of [{ azp: 'another' }, { org_id: 'org_1' }, { scope: 'openid' }, { permissions: ['admin'] }]) {
      await callAs('/api/github', other);
    }
    expect(exchanges()).toBe(6);
    expect(tokenOf(await callAs('/api/github'))).toBe(tokenOf(alice));
    expect(exchanges()).toBe(6);
  });

  it('offers to connect, in the application, what is not connected', async () => {
    const answer = await callAs('/api/github', { sub: 'auth0|carol' });
    expect(answer.status).toBe(403);
    const connectUrl = new URL(answer.json<{ connectUrl: string }>().connectUrl);
    expect(connectUrl.origin + connectUrl.pathname).toBe(test.at('/auth/connect/github'));
    expect(connectUrl.searchParams.has('returnTo'), 'a browser has no business at an API route').toBe(false);
  });

  it('keeps it no longer than the caller’s token lives', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const now = Math.floor(Date.now() / 1000);
    const answer = await callAs('/api/github', { exp: now + 300 });
    const [row] = await test.database.getRepository(ConnectionTokenEntity).find();
    expect(row?.expiresAt).toBe((now + 300) * 1000);
    expect(row?.sessionId).toBeNull();
    expect(row?.accessToken).not.toContain(tokenOf(answer));

    vi.setSystemTime((now + 301) * 1000);
    test.control.resetCounts();
    expect((await callAs('/api/github', { exp: now + 4000 })).status).toBe(200);
    expect(exchanges(), 'a new exchange, by the new token').toBe(1);

    vi.setSystemTime((now + 400) * 1000);
    const expired = await call('/api/github', await mintAccessToken(test, { exp: now + 350 }));
    expect(expired.json()).toMatchObject({ errorCode: 'invalid_token' });
    expect(exchanges()).toBe(1);
  });

  it('is gone when the account is disconnected or the user’s sessions are used to do so', async () => {
    const before = await callAs('/api/github', { sub: 'auth0|bob' });
    const bob = await test.logIn('auth0|bob');
    const { accounts } = (await bob.request(test.at('/auth/accounts'))).json<{ accounts: { id: string }[] }>();
    await bob.request(test.at(`/auth/accounts/${accounts[0]?.id}`), { method: 'DELETE' });
    const after = await callAs('/api/github', { sub: 'auth0|bob' });
    expect(before.status).toBe(200);
    expect(after.json()).toMatchObject({ errorCode: 'connection_required' });
    test.control.connectAccount('auth0|bob', 'github');
  });

  it('answers 401 when Auth0 does not take the caller’s token, and stores nothing', async () => {
    test.control.failNext('exchange', { status: 401, body: { error: 'invalid_grant' } });
    const answer = await callAs('/api/github');
    expect(answer.json()).toMatchObject({ statusCode: 401, errorCode: 'invalid_token' });
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect((await callAs('/api/github')).status, 'the next one is asked for anew').toBe(200);
  });

  it('says what to set up when the client is not the one that is linked to the API', async () => {
    test.control.failNext('exchange', { status: 403, body: { error: 'unauthorized_client' } });
    expect((await callAs('/api/github')).json()).toMatchObject({ statusCode: 502, errorCode: 'auth0_misconfigured' });
    test.control.failNext('exchange', { status: 401, body: { error: 'invalid_client' } });
    expect((await callAs('/api/github')).json()).toMatchObject({ statusCode: 502, errorCode: 'auth0_misconfigured' });
    expect((await callAs('/api/github')).status).toBe(200);
  });

  it('is managed by a session only', async () => {
    const calls = [await callAs('/api/accounts'), await callAs('/api/connect', {}, 'POST')];
    calls.push(await callAs('/api/delete', {}, 'POST'));
    for (const answer of calls) {
      expect(answer.json()).toMatchObject({ statusCode: 403, errorCode: 'unsupported_subject' });
    }
    const asBob = await callAs('/api/as-anybody', {}, 'POST');
    expect(asBob.json()).toMatchObject({ statusCode: 400, errorCode: 'unsupported_subject' });
  });

  it('is there for a session and a caller on the same route, each with tokens of its own', async () => {
    const alice = await test.logIn();
    const bySession = await alice.request(test.at('/mixed/github'));
    const byToken = await callAs('/mixed/github');
    expect([bySession.status, byToken.status]).toEqual([200, 200]);
    const rows = await test.database.getRepository(ConnectionTokenEntity).find();
    expect(new Set(rows.map(({ owner }) => owner)).size).toBe(2);
    expect(new Set(rows.map(({ userKey }) => userKey)).size).toBe(1);
  });

  it('leaves no row behind when the last session of the user ends', async () => {
    const rows = () => test.database.getRepository(ConnectionTokenEntity).count();
    const first = await test.logIn('auth0|bob');
    const second = await test.logIn('auth0|bob');
    await callAs('/api/github', { sub: 'auth0|bob' });
    await callAs('/api/github');
    await first.request(test.at('/auth/logout'), { method: 'POST' });
    // Earlier tests have left a session of Bob's.
    await second.request(test.at('/auth/logout'), { method: 'POST' });
    await test.database.query(`DELETE FROM auth0_connect_sessions WHERE user_id = 'auth0|bob'`);
    const third = await test.logIn('auth0|bob');
    await third.request(test.at('/auth/logout'), { method: 'POST' });
    expect(await rows(), 'those of other users stay').toBe(1);
  });
});

describe.each(adapters)('an API without a client of its own on %s', (adapter) => {
  it('verifies its callers, and says what an exchange needs', async () => {
    const test = await startApiApp(adapter, { options: { apiAudience: API_AUDIENCE, apiClient: undefined } });
    try {
      test.control.connectAccount('auth0|alice', 'github');
      const headers = bearer(await mintAccessToken(test));
      const caller = new Person();
      expect((await caller.request(test.at('/api/me'), { headers })).status).toBe(200);
      const answer = await caller.request(test.at('/api/github'), { headers });
      expect(answer.json()).toMatchObject({ statusCode: 502, errorCode: 'auth0_misconfigured' });
      expect(answer.text).toContain('apiClient');
      expect(test.control.count('exchange')).toBe(0);
    } finally {
      await test.stop();
    }
  });
});
