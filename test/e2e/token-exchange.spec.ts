import { decodeJwt, generateKeyPair, SignJWT } from 'jose';
import { LoginService, SessionService } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastRequest } from '../support/flows.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BOBS = { subjectToken: 'legacy-bob', subjectTokenType: 'urn:acme:legacy-token' };

describe.each(adapters)('login by a token from elsewhere, on %s', (adapter) => {
  let test: TestApp;
  let logins: LoginService;
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      tenant: {
        customTokenExchange: ({ subjectToken }) => (subjectToken === 'legacy-bob' ? 'auth0|bob' : undefined),
      },
    });
    test.tenant.addClient({
      ...CLIENT,
      redirectUris: [test.at('/auth/callback')],
      grantTypes: ['authorization_code', 'refresh_token', GRANT],
    });
    logins = test.app.get(LoginService);
  });
  afterAll(() => test?.stop());

  const sessionsOf = (userId: string): Promise<unknown[]> => test.app.get(SessionService).listSessions(userId);

  /** How it ends, and how many sessions it leaves behind. */
  const outcome = async (): Promise<{ code: string; sessions: number }> => {
    const before = (await sessionsOf('auth0|bob')).length;
    const code = await logins.exchangeToken(BOBS).then(
      () => 'a session',
      (error: { code: string }) => error.code,
    );
    return { code, sessions: (await sessionsOf('auth0|bob')).length - before };
  };

  it('exchanges it as RFC 8693 says, and ends in a login session like any other', async () => {
    const { session, sessionToken } = await logins.exchangeToken({
      ...BOBS,
      scope: 'openid profile offline_access read:events',
    });

    expect(lastRequest(test, 'token-other').body).toMatchObject({
      grant_type: GRANT,
      subject_token: 'legacy-bob',
      subject_token_type: 'urn:acme:legacy-token',
      audience: API_AUDIENCE,
      scope: 'openid profile offline_access read:events',
    });
    expect(session.user).toMatchObject({ sub: 'auth0|bob', name: 'Bob Example' });
    expect((await test.app.get(SessionService).findSession(sessionToken))?.id).toBe(session.id);
    test.control.resetCounts();
    const token = await logins.getAccessToken(session, { scope: 'read:events' });
    expect(decodeJwt(token.accessToken).sub).toBe('auth0|bob');
    expect(test.control.count('refresh'), 'the token of the login is kept').toBe(0);
    await logins.getAccessToken(session, { scope: 'write:events' });
    expect(test.control.count('refresh'), 'and its refresh token').toBe(1);
  });

  it('begins a new session each time', async () => {
    const [one, two] = [await logins.exchangeToken(BOBS), await logins.exchangeToken(BOBS)];
    expect(one.session.id).not.toBe(two.session.id);
    expect(one.sessionToken).not.toBe(two.sessionToken);
  });

  it('sends an actor and an organization along', async () => {
    const actor = { actorToken: 'agent-7', actorTokenType: 'urn:acme:agent' };
    test.control.failNext('token-other', { status: 400, body: { error: 'invalid_request' } });
    await expect(logins.exchangeToken({ ...BOBS, ...actor, organization: 'org_one' })).rejects.toMatchObject({
      code: 'auth0_refused',
    });
    expect(lastRequest(test, 'token-other').body).toMatchObject({
      actor_token: 'agent-7',
      actor_token_type: 'urn:acme:agent',
      organization: 'org_one',
    });
  });

  it.each([
    'urn:ietf:params:oauth:token-type:access_token',
    'URN:IETF:params:oauth:token-type:jwt',
    'urn:auth0:anything',
    'urn:okta:anything',
    'https://auth0.com/token',
    'http://auth0.com/token',
    'HTTPS://AUTH0.COM',
    'https://okta.com/token',
  ])('refuses the reserved type %s before Auth0 is asked', async (subjectTokenType) => {
    test.control.resetCounts();
    const exchanged = logins.exchangeToken({ ...BOBS, subjectTokenType });
    await expect(exchanged).rejects.toMatchObject({ code: 'invalid_request', parameter: 'subjectTokenType' });
    expect(test.control.count('token-other')).toBe(0);
  });

  it.each([
    ['no token', { subjectToken: '' }, 'subjectToken'],
    ['a type that is no URI', { subjectTokenType: 'legacy' }, 'subjectTokenType'],
    ['an actor without a type', { actorToken: 'agent-7' }, 'actorTokenType'],
    ['a type without an actor', { actorTokenType: 'urn:acme:agent' }, 'actorToken'],
    ['no openid scope', { scope: 'read:events' }, 'scope'],
    ['a domain that is not allowed', { domain: 'https://evil.example' }, 'domain'],
  ])('refuses %s before Auth0 is asked', async (_, change, parameter) => {
    test.control.resetCounts();
    const exchanged = logins.exchangeToken({ ...BOBS, ...change });
    await expect(exchanged).rejects.toMatchObject({ code: 'invalid_request', parameter });
    expect(test.control.count('token-other')).toBe(0);
  });

  it('takes a type that merely mentions a reserved one', async () => {
    const subjectTokenType = 'https://tokens.acme.example/auth0.com';
    expect((await logins.exchangeToken({ ...BOBS, subjectTokenType })).session.userId).toBe('auth0|bob');
  });

  it("tells of a token that the tenant does not accept as the caller's mistake", async () => {
    const exchanged = logins.exchangeToken({ ...BOBS, subjectToken: 'forged-token' });
    await expect(exchanged).rejects.toMatchObject({ code: 'auth0_refused', auth0Error: 'invalid_grant' });
    const error = await exchanged.catch((refused: { getStatus(): number; message: string }) => refused);
    expect((error as { getStatus(): number }).getStatus()).toBe(400);
    expect(JSON.stringify(error)).not.toContain('forged-token');
  });

  it.each(['mfa_required', 'unmet_authentication_requirements'])('asks for another step by %s', async (error) => {
    test.control.failNext('token-other', { status: 403, body: { error, mfa_token: 'secret' } });
    await expect(logins.exchangeToken(BOBS)).rejects.toMatchObject({ name: 'StepUpRequiredError', code: error });
  });

  describe('gives no session for', () => {
    it('an answer without an ID token', async () => {
      test.control.rewriteNext('token-other', (body) => ({ ...body, id_token: undefined }));
      expect(await outcome()).toEqual({ code: 'invalid_auth0_response', sessions: 0 });
    });

    it('an ID token that somebody else has signed', async () => {
      const { privateKey } = await generateKeyPair('RS256');
      const forge = async (claims: Record<string, unknown>): Promise<string> =>
        new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
      const now = Math.floor(Date.now() / 1000);
      const forged = await forge({
        iss: test.tenant.issuer,
        aud: CLIENT.clientId,
        sub: 'auth0|bob',
        iat: now,
        exp: now + 60,
      });
      test.control.rewriteNext('token-other', (body) => ({ ...body, id_token: forged }));
      expect(await outcome()).toEqual({ code: 'invalid_auth0_response', sessions: 0 });
    });

    it.each([
      ['issuer', { iss: 'https://evil.example/' }],
      ['audience', { aud: 'another-client' }],
      ['end', { exp: 1 }],
    ])('an ID token with another %s', async (_, change) => {
      test.control.rewriteNext('token-other', (body) => ({
        ...body,
        id_token: altered(String(body.id_token), change),
      }));
      expect(await outcome()).toEqual({ code: 'invalid_auth0_response', sessions: 0 });
    });

    it('an access token of another user', async () => {
      test.control.rewriteNext('token-other', (body) => ({
        ...body,
        access_token: altered(String(body.access_token), { sub: 'auth0|alice' }),
      }));
      expect(await outcome()).toEqual({ code: 'invalid_auth0_response', sessions: 0 });
    });

    it('an access token of another audience', async () => {
      test.control.rewriteNext('token-other', (body) => ({
        ...body,
        access_token: altered(String(body.access_token), { aud: 'https://other.example' }),
      }));
      expect(await outcome()).toEqual({ code: 'auth0_misconfigured', sessions: 0 });
    });
  });
});

function altered(token: string, change: Record<string, unknown>): string {
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(JSON.stringify({ ...decodeJwt(token), ...change })).toString('base64url');
  return [header, payload, signature].join('.');
}
