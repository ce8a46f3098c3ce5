import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { CALLBACK, connect, consent, login, myAccount, myAccountToken, pkce, startConnect } from '../testing/flows.js';

const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

describe('completing a connect', () => {
  let tenant: LocalTenant;
  let accessToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    const { refresh_token: refreshToken } = await login(tenant);
    accessToken = await myAccountToken(tenant, refreshToken);
  });
  afterAll(async () => tenant.stop());
  afterEach(() => {
    for (const user of ['auth0|alice', 'auth0|bob']) {
      for (const { id } of tenant.control.accounts(user)) tenant.control.disconnectAccount(user, id);
    }
  });

  const approved = async () => {
    const started = await startConnect(tenant, accessToken);
    const back = await consent(started.connectUrl, [
      ['account', 'alice@gmail.example'],
      ['scopes', CALENDAR],
      ['action', 'approve'],
    ]);
    return {
      auth_session: started.authSession,
      connect_code: back.searchParams.get('connect_code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: started.verifier,
    };
  };
  const complete = async (body: unknown, bearer = accessToken) => myAccount(tenant, bearer, 'POST', 'complete', body);

  it('answers 201 with the account and the scopes that were ticked, once', async () => {
    const body = await approved();
    expect(body.connect_code.length).toBeLessThanOrEqual(46);
    const answer = await complete(body);
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^cac_[A-Za-z0-9]+$/),
      connection: 'google-oauth2',
      access_type: 'offline',
      scopes: [CALENDAR],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(await complete(body)).toMatchObject({ status: 400, body: { status: 400 } });
  });

  it('refuses a wrong verifier, code or redirect_uri, and the right ones after that', async () => {
    for (const change of [
      { code_verifier: pkce().verifier },
      { code_verifier: undefined },
      { connect_code: 'wrong' },
      { redirect_uri: `${CALLBACK}/` },
      { auth_session: 'wrong' },
    ]) {
      const body = await approved();
      expect(await complete({ ...body, ...change })).toMatchObject({ status: 400, body: { status: 400 } });
      const after = await complete(body);
      expect(after.status).toBe('auth_session' in change ? 201 : 400);
    }
  });

  it('refuses unknown keys and missing ones', async () => {
    const body = await approved();
    expect((await complete({ ...body, state: 's' })).body.validation_errors).toMatchObject([{ pointer: '/state' }]);
    expect((await complete({})).body.validation_errors).toHaveLength(3);
    expect((await complete(body)).status).toBe(201);
  });

  it('is refused before the user has agreed', async () => {
    const { authSession, verifier } = await startConnect(tenant, accessToken);
    const body = {
      auth_session: authSession,
      connect_code: 'undefined',
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    };
    expect((await complete(body)).status).toBe(400);
  });

  it('is for the user who started it', async () => {
    const body = await approved();
    const bob = await login(tenant, { user: 'auth0|bob' });
    const bobs = await myAccountToken(tenant, bob.refresh_token);
    expect((await complete(body, bobs)).status).toBe(403);
    expect(tenant.control.accounts('auth0|bob')).toEqual([]);
    expect((await complete(body)).status).toBe(201);
  });

  it('updates the scopes of an account the user has already, under the same id', async () => {
    const first = await connect(tenant, accessToken, { scopes: ['openid'] });
    const second = await connect(tenant, accessToken, { scopes: ['openid', CALENDAR] });
    expect(second.id).toBe(first.id);
    expect(second.scopes).toEqual(['openid', CALENDAR]);
    expect(tenant.control.accounts('auth0|alice')).toHaveLength(1);
  });

  it('answers 409 when the provider account is connected to somebody else', async () => {
    tenant.control.connectAccount('auth0|bob', 'google-oauth2', { email: 'alice@gmail.example' });
    expect(await complete(await approved())).toMatchObject({ status: 409, body: { status: 409, title: 'Conflict' } });
  });
});
