import { decodeJwt } from 'jose';
import { LoginService, SessionService } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastRequest } from '../support/flows.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';

const GRANT = 'urn:openid:params:grant-type:ciba';
const ALICE = { loginHint: { sub: 'auth0|alice' }, bindingMessage: 'Order 1234, 10 EUR' };

describe.each(adapters)('login by approval on another device, on %s', (adapter) => {
  let test: TestApp;
  let logins: LoginService;
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      tenant: { organizations: [{ id: 'org_one', name: 'one', members: ['auth0|alice'] }] },
    });
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      grantTypes: ['authorization_code', 'refresh_token', GRANT],
    });
    logins = test.app.get(LoginService);
  });
  afterAll(() => test?.stop());

  /** The tenant asks for 5 seconds between two polls; no test waits that long. */
  const shortInterval = (): void => test.control.rewriteNext('backchannel', (body) => ({ ...body, interval: 0.02 }));

  it('asks as Auth0 documents it, and ends in a login session like any other', async () => {
    shortInterval();
    const arrives = test.control.hold('backchannel');
    const login = logins.loginWithBackchannel({
      ...ALICE,
      scope: 'openid offline_access read:events',
      requestedExpirySeconds: 120,
      authorizationDetails: [{ type: 'payment', amount: 10 }],
    });
    await arrives.arrived;
    const polled = test.control.hold('token-other');
    arrives.release();
    await polled.arrived;
    await test.control.approveBackchannel();
    polled.release();

    const { session, sessionToken } = await login;

    const { body } = lastRequest(test, 'backchannel');
    expect(JSON.parse(String(body.login_hint))).toEqual({
      format: 'iss_sub',
      iss: test.tenant.issuer,
      sub: 'auth0|alice',
    });
    expect(body).toMatchObject({
      binding_message: 'Order 1234, 10 EUR',
      audience: API_AUDIENCE,
      scope: 'openid offline_access read:events',
      requested_expiry: '120',
      authorization_details: '[{"type":"payment","amount":10}]',
    });
    expect(session.userId).toBe('auth0|alice');
    expect((await test.app.get(SessionService).findSession(sessionToken))?.id).toBe(session.id);
    test.control.resetCounts();
    const token = await logins.getAccessToken(session, { scope: 'read:events' });
    expect(decodeJwt(token.accessToken).sub).toBe('auth0|alice');
    expect(test.control.count('refresh'), 'the token of the login is kept').toBe(0);
    await logins.getAccessToken(session, { scope: 'write:events' });
    expect(test.control.count('refresh'), 'and its refresh token').toBe(1);
  });

  it('begins and completes in two calls, for those who wait themselves', async () => {
    const started = await logins.startBackchannelLogin(ALICE);
    expect(started).toMatchObject({ userId: 'auth0|alice', intervalSeconds: 5, domain: test.tenant.domain });
    const kept = JSON.parse(JSON.stringify(started)) as typeof started;

    expect(await logins.completeBackchannelLogin(kept)).toEqual({ status: 'pending', login: kept });
    expect(await logins.completeBackchannelLogin(kept), 'asked too soon').toEqual({
      status: 'pending',
      login: { ...kept, intervalSeconds: 10 },
    });
    await test.control.approveBackchannel(kept.authReqId);

    const outcome = await logins.completeBackchannelLogin(kept);
    expect(outcome).toMatchObject({ status: 'completed', session: { userId: 'auth0|alice' } });
    await expect(logins.completeBackchannelLogin(kept), 'good once').rejects.toMatchObject({
      code: 'auth0_refused',
      auth0Error: 'invalid_grant',
    });
  });

  it('ends in an error of its own when the person says no, and when nobody says anything', async () => {
    const denied = await logins.startBackchannelLogin(ALICE);
    await test.control.denyBackchannel(denied.authReqId);
    await expect(logins.completeBackchannelLogin(denied)).rejects.toMatchObject({
      name: 'BackchannelLoginDeniedError',
      code: 'access_denied',
    });

    const late = await logins.startBackchannelLogin(ALICE);
    test.control.failNext('token-other', { status: 400, body: { error: 'expired_token' } });
    await expect(logins.completeBackchannelLogin(late)).rejects.toMatchObject({ code: 'backchannel_login_expired' });
    test.control.resetCounts();
    await expect(logins.completeBackchannelLogin({ ...late, expiresAt: Date.now() })).rejects.toMatchObject({
      code: 'backchannel_login_expired',
    });
    expect(test.control.count('token-other'), 'nothing is asked after the time').toBe(0);
  });

  it('stops waiting when it is told to', async () => {
    const waiting = new AbortController();
    const arrives = test.control.hold('backchannel');
    const login = logins.loginWithBackchannel(ALICE, { signal: waiting.signal });
    await arrives.arrived;
    arrives.release();
    waiting.abort(new Error('no longer wanted'));
    await expect(login).rejects.toThrow('no longer wanted');

    test.control.resetCounts();
    await expect(logins.loginWithBackchannel(ALICE, { signal: waiting.signal })).rejects.toThrow('no longer wanted');
    expect(test.control.count('backchannel')).toBe(0);
  });

  it('asks for another step where Auth0 does', async () => {
    const started = await logins.startBackchannelLogin(ALICE);
    const body = { error: 'mfa_required', mfa_token: 'secret-mfa-token' };
    test.control.failNext('token-other', { status: 403, body });
    await expect(logins.completeBackchannelLogin(started)).rejects.toMatchObject({ code: 'mfa_required' });
  });

  it('gives no session for another user than the one who was asked', async () => {
    const started = await logins.startBackchannelLogin(ALICE);
    await test.control.approveBackchannel(started.authReqId);
    const completed = logins.completeBackchannelLogin({ ...started, userId: 'auth0|bob' });
    await expect(completed).rejects.toMatchObject({ code: 'invalid_auth0_response' });
    expect(await test.app.get(SessionService).listSessions('auth0|bob')).toEqual([]);
  });

  it('gives no session for another organization than was asked for, nor for none', async () => {
    const started = await logins.startBackchannelLogin({ ...ALICE, organization: 'org_one' });
    expect(lastRequest(test, 'backchannel').body.organization).toBe('org_one');
    const before = await test.app.get(SessionService).listSessions('auth0|alice');
    await test.control.approveBackchannel(started.authReqId);
    test.control.idTokenClaims('auth0|alice', { org_id: 'org_two' });
    const completed = logins.completeBackchannelLogin(started);
    await expect(completed).rejects.toMatchObject({ code: 'organization_mismatch' });
    test.control.idTokenClaims('auth0|alice', { org_id: undefined });
    expect(await test.app.get(SessionService).listSessions('auth0|alice')).toHaveLength(before.length);
  });

  it.each([
    ['no user', { loginHint: { sub: '' } }, 'loginHint'],
    ['no message', { bindingMessage: '' }, 'bindingMessage'],
    ['a message that is too long', { bindingMessage: 'x'.repeat(65) }, 'bindingMessage'],
    ['a message of several lines', { bindingMessage: 'Order\n1234' }, 'bindingMessage'],
    ['no openid scope', { scope: 'read:events' }, 'scope'],
    ['a time below one second', { requestedExpirySeconds: 0.5 }, 'requestedExpirySeconds'],
    ['a domain that is not allowed', { domain: 'https://evil.example' }, 'domain'],
    ['an empty organization', { organization: '' }, 'organization'],
  ])('refuses %s before Auth0 is asked', async (_, change, parameter) => {
    test.control.resetCounts();
    const started = logins.startBackchannelLogin({ ...ALICE, ...change });
    await expect(started).rejects.toMatchObject({ code: 'invalid_request', parameter });
    expect(test.control.count('backchannel')).toBe(0);
  });

  it('takes a message of 64 characters', async () => {
    const started = await logins.startBackchannelLogin({ ...ALICE, bindingMessage: 'x'.repeat(64) });
    expect(started.authReqId).not.toBe('');
  });

  it('reports what Auth0 refuses', async () => {
    const started = logins.startBackchannelLogin({ ...ALICE, loginHint: { sub: 'auth0|nobody' } });
    await expect(started).rejects.toMatchObject({ code: 'auth0_refused', auth0Error: 'unknown_user_id' });
  });

  it.each([
    ['no id', { expires_in: 300 }],
    ['no end', { auth_req_id: 'x' }],
    ['an end that is no number', { auth_req_id: 'x', expires_in: 'soon' }],
    ['an interval that is no number', { auth_req_id: 'x', expires_in: 300, interval: 'often' }],
    ['HTML', '<html>'],
  ])('does not believe an answer with %s', async (_, body) => {
    test.control.failNext('backchannel', { status: 200, body });
    await expect(logins.startBackchannelLogin(ALICE)).rejects.toMatchObject({ code: 'invalid_auth0_response' });
  });

  it('gives no session without an ID token', async () => {
    const started = await logins.startBackchannelLogin(ALICE);
    await test.control.approveBackchannel(started.authReqId);
    test.control.rewriteNext('token-other', (body) => ({ ...body, id_token: undefined }));
    await expect(logins.completeBackchannelLogin(started)).rejects.toMatchObject({ code: 'invalid_auth0_response' });
  });
});
