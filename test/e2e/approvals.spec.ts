import { decodeJwt } from 'jose';
import { LoginService, SessionService, type RequestApprovalOptions } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastRequest } from '../support/flows.js';
import { API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';

const GRANT = 'urn:openid:params:grant-type:ciba';
const PAYMENT = { type: 'payment', amount: 10, currency: 'EUR' };
const ASKED: RequestApprovalOptions = {
  userId: 'auth0|alice',
  bindingMessage: 'Pay 10 EUR to Robin',
  audience: API_AUDIENCE,
  authorizationDetails: [PAYMENT],
};

describe('approval of one action', () => {
  let test: TestApp;
  let logins: LoginService;
  beforeAll(async () => {
    test = await TestApp.start('Express', { options: { session: { maxPerUser: 1 } } });
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      grantTypes: ['authorization_code', 'refresh_token', GRANT],
    });
    logins = test.app.get(LoginService);
  });
  afterAll(() => test?.stop());

  /** Asks, and has the person answer before Auth0 is polled: the tenant wants 5 seconds between two polls. */
  const answered = async (
    answer: 'approve' | 'deny',
    change: Partial<RequestApprovalOptions> = {},
    rewrite: (body: Record<string, unknown>) => Record<string, unknown> = (body) => body,
  ) => {
    test.control.rewriteNext('backchannel', (body) => ({ ...body, interval: 0.02 }));
    const asks = test.control.hold('backchannel');
    const approval = logins.requestApproval({ ...ASKED, ...change });
    approval.catch(() => undefined);
    await asks.arrived;
    const polls = test.control.hold('token-other');
    asks.release();
    await polls.arrived;
    await (answer === 'approve' ? test.control.approveBackchannel() : test.control.denyBackchannel());
    test.control.rewriteNext('token-other', rewrite);
    polls.release();
    return approval;
  };

  it('gives a token for the API and what was approved in detail, and neither begins nor ends a session', async () => {
    const alice = await test.logIn('auth0|alice');
    const before = await test.app.get(SessionService).listSessions('auth0|alice');

    const approval = await answered('approve');

    expect(approval.authorizationDetails).toEqual([PAYMENT]);
    expect(decodeJwt(approval.accessToken)).toMatchObject({ sub: 'auth0|alice' });
    expect(decodeJwt(approval.accessToken).aud).toContain(API_AUDIENCE);
    expect(approval.expiresAt!.getTime()).toBeGreaterThan(Date.now());
    expect(Object.keys(approval).toSorted()).toEqual(['accessToken', 'authorizationDetails', 'expiresAt']);
    const { body } = lastRequest(test, 'backchannel');
    expect(body).toMatchObject({ binding_message: 'Pay 10 EUR to Robin', audience: API_AUDIENCE, scope: 'openid' });

    const after = await test.app.get(SessionService).listSessions('auth0|alice');
    expect(
      after.map(({ id }) => id),
      'with at most one session, a second would have ended it',
    ).toEqual(before.map(({ id }) => id));
    expect((await alice.request(test.at('/auth/profile'))).status).toBe(200);
  });

  it('tells what Auth0 says was approved, and not what was asked for', async () => {
    const less = [{ ...PAYMENT, amount: 5 }];
    const { authorizationDetails } = await answered('approve', {}, (body) => ({
      ...body,
      authorization_details: less,
    }));
    expect(authorizationDetails).toEqual(less);
    expect((await answered('approve', { authorizationDetails: undefined })).authorizationDetails).toEqual([]);
  });

  it.each([
    ['no details where some were asked for', { authorization_details: undefined }],
    ['an empty list of them', { authorization_details: [] }],
    ['details that are no list', { authorization_details: PAYMENT }],
    ['details without a type', { authorization_details: [{ amount: 10 }] }],
    ['nothing in the list', { authorization_details: [null] }],
    ['no ID token', { id_token: undefined }],
  ])('is none when the answer holds %s', async (_, change) => {
    const approval = answered('approve', {}, (body) => ({ ...body, ...change }));
    await expect(approval).rejects.toMatchObject({ code: 'invalid_auth0_response' });
  });

  it('is none when the person says no', async () => {
    await expect(answered('deny')).rejects.toMatchObject({ code: 'access_denied', status: 403 });
  });

  it('is waited for no longer when the tool is given up', async () => {
    const tool = new AbortController();
    const asks = test.control.hold('backchannel');
    const approval = logins.requestApproval({ ...ASKED, signal: tool.signal });
    await asks.arrived;
    asks.release();
    tool.abort(new Error('the conversation is over'));
    await expect(approval).rejects.toThrow('the conversation is over');

    test.control.resetCounts();
    await expect(logins.requestApproval({ ...ASKED, signal: tool.signal })).rejects.toThrow('the conversation is over');
    expect(test.control.count('backchannel'), 'nobody is asked').toBe(0);
  });

  it.each([
    ['no user', { userId: '' }, 'userId'],
    ['no message', { bindingMessage: ' ' }, 'bindingMessage'],
    ['a refresh token', { scope: 'openid offline_access' }, 'scope'],
    ['no openid scope', { scope: 'read:events' }, 'scope'],
    ['details without a type', { authorizationDetails: [{ amount: 10 } as never] }, 'authorizationDetails'],
    ['no time', { requestedExpirySeconds: 0 }, 'requestedExpirySeconds'],
    ['a domain that is not allowed', { domain: 'https://evil.example' }, 'domain'],
  ])('is not asked for with %s', async (_, change, parameter) => {
    test.control.resetCounts();
    await expect(logins.requestApproval({ ...ASKED, ...change })).rejects.toMatchObject({
      code: 'invalid_request',
      parameter,
    });
    expect(test.control.count('backchannel')).toBe(0);
  });
});
