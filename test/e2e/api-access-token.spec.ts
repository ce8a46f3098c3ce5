import { request as httpRequest } from 'node:http';
import { Controller, Get } from '@nestjs/common';
import { SignJWT } from 'jose';
import { AccessTokenGuard } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, API_AUDIENCE, TestApp } from '../support/test-app.js';

@Controller('plain')
class PlainController {
  @Get()
  plain(): string {
    return 'plain';
  }
}

function challengeOf(answer: Answer): string {
  return answer.headers.get('www-authenticate') ?? '';
}

function refusesToken(answer: Answer): boolean {
  const { statusCode, errorCode } = answer.json<{ statusCode: number; errorCode: string }>();
  const challenged = /^Bearer error="invalid_token", error_description="[^"]+"/.test(challengeOf(answer));
  return answer.status === 401 && statusCode === 401 && errorCode === 'invalid_token' && challenged;
}

describe.each(adapters)('an API on %s', (adapter) => {
  let test: TestApp;
  const caller = new Person();

  beforeAll(async () => {
    test = await startApiApp(adapter);
  });
  afterAll(() => test?.stop());

  const call = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    caller.request(test.at(path), { headers, method });
  const withToken = async (path: string, claims?: Record<string, unknown>, header?: Record<string, unknown>) =>
    call(path, bearer(await mintAccessToken(test, claims, header)));
  const postTo = async (path: string, scope: string): Promise<number> =>
    (await call(path, bearer(await mintAccessToken(test, { scope })), 'POST')).status;

  it('lets a caller in with the token that a single-page application gets', async () => {
    const alice = await test.logIn();
    const { token } = (await alice.request(test.at('/spa/token'))).json<{ token: string }>();

    const answer = await call('/api/me', bearer(token));

    expect(answer.status).toBe(200);
    const { user, subject, shown } = answer.json<{ user: object; subject: string; shown: string }>();
    expect(user).toEqual({ sub: 'auth0|alice' });
    expect(subject).toBe('caller auth0|alice');
    expect(shown).not.toContain(token);
  });

  it('asks for a token with a bare challenge that says where its metadata is', async () => {
    const answer = await call('/api/me');

    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({
      statusCode: 401,
      errorCode: 'access_token_required',
      message: expect.any(String),
    });
    const metadata = test.at('/.well-known/oauth-protected-resource');
    expect(challengeOf(answer)).toMatch(new RegExp(`^Bearer resource_metadata="${metadata}", DPoP `));
    expect(challengeOf(answer)).not.toContain('error');
    expect(challengeOf(answer)).toContain('algs="ES256 ');
  });

  it('publishes what a caller has to know', async () => {
    const answer = await call('/.well-known/oauth-protected-resource');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      resource: API_AUDIENCE,
      authorization_servers: [test.tenant.issuer],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
      dpop_bound_access_tokens_required: false,
    });
  });

  it('takes the token from the Authorization header alone', async () => {
    const token = await mintAccessToken(test);
    const inQuery = await call(`/api/me?access_token=${token}`);
    expect(inQuery.json()).toMatchObject({ errorCode: 'access_token_required' });
    const form = await caller.request(test.at('/api/several'), {
      method: 'POST',
      body: new URLSearchParams({ access_token: token }),
    });
    expect(form.json()).toMatchObject({ errorCode: 'access_token_required' });
    expect((await call('/api/me', { authorization: `bEARER ${token}` })).status).toBe(200);
  });

  it('takes no request with two Authorization headers', async () => {
    const token = await mintAccessToken(test);
    const answer = await new Promise<{ status?: number; challenge?: string }>((resolve, reject) => {
      const request = httpRequest(test.at('/api/me'), (response) => {
        response.resume();
        resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'] });
      });
      request.setHeader('Authorization', [`Bearer ${token}`, 'Bearer another']);
      request.on('error', reject).end();
    });
    expect(answer.status).toBe(400);
    expect(answer.challenge).toContain('error="invalid_request"');
  });

  it('takes a cookie for nothing', async () => {
    const alice = await test.logIn();
    expect((await alice.request(test.at('/api/me'))).status).toBe(401);
    expect((await alice.request(test.at('/api/open'))).json()).toEqual({ name: 'stranger' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['for another API', { aud: 'https://other.example.com' }],
    ['for the My Account API', { aud: 'https://tenant.example.com/me/' }],
    ['for the application, as an ID token is', { aud: 'test-client' }],
    ['of another issuer', { iss: 'https://evil.example.com/' }],
    ['that has expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
    ['without an end', { exp: undefined }],
    ['without a user', { sub: undefined }],
    ['from the future', { iat: Math.floor(Date.now() / 1000) + 300 }],
  ])('refuses a token %s', async (_what, claims) => {
    expect(await withToken('/api/me', claims)).toSatisfy(refusesToken);
  });

  it('refuses a token of another kind, though the tenant has signed it', async () => {
    expect(await withToken('/api/me', {}, { typ: 'logout+jwt' })).toSatisfy(refusesToken);
  });

  it('refuses a token that is signed with the public key as a secret, or not at all', async () => {
    const { keys } = (await (await fetch(`${test.tenant.issuer}.well-known/jwks.json`)).json()) as {
      keys: { kid: string; n: string }[];
    };
    const [key] = keys;
    const [, payload = ''] = (await mintAccessToken(test)).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const symmetric = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: key?.kid, typ: 'at+jwt' })
      .sign(Buffer.from(JSON.stringify(key)));
    expect(await call('/api/me', bearer(symmetric))).toSatisfy(refusesToken);
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: key?.kid })).toString('base64url');
    expect(await call('/api/me', bearer(`${none}.${payload}.`))).toSatisfy(refusesToken);
    expect(await call('/api/me', bearer('not-a-token'))).toSatisfy(refusesToken);
    expect(await call('/api/me', bearer(`${'a'.repeat(4000)}.b.c`))).toSatisfy(refusesToken);
  });

  it('asks for all scopes or any of them', async () => {
    expect((await withToken('/api/both', { scope: 'read:events write:events' })).text).toBe('both');
    expect((await withToken('/api/either', { scope: 'write:events' })).text).toBe('either');

    const lacking = await withToken('/api/both', { scope: 'read:events' });
    expect(lacking.status).toBe(403);
    expect(lacking.json()).toMatchObject({
      statusCode: 403,
      errorCode: 'insufficient_token_scope',
      scopes: ['read:events', 'write:events'],
    });
    expect(challengeOf(lacking)).toContain('error="insufficient_scope"');
    expect(challengeOf(lacking)).toContain('scope="read:events write:events"');

    for (const scope of ['openid', '', undefined, 'read:eventsX', 'READ:EVENTS']) {
      expect((await withToken('/api/either', { scope })).status).toBe(403);
    }
  });

  it('asks for the scopes of the controller and of the handler', async () => {
    expect((await withToken('/scoped', { scope: 'read:events write:events' })).status).toBe(200);
    expect((await withToken('/scoped', { scope: 'write:events' })).status).toBe(403);
    expect((await withToken('/scoped', { scope: 'read:events' })).status).toBe(403);
    expect(await postTo('/api/several', 'read:events write:profile')).toBe(201);
    expect(await postTo('/api/several', 'read:events')).toBe(403);
    expect(await postTo('/api/several', 'read:profile')).toBe(403);
  });

  it('gives no session to a caller', async () => {
    const answer = await withToken('/api/session');
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ errorCode: 'login_required' });
  });

  it('tells who a caller is on a public route too, when there is a token', async () => {
    expect((await call('/api/open')).json()).toEqual({ name: 'stranger' });
    expect((await withToken('/api/open')).json()).toEqual({ name: 'auth0|alice' });
    expect((await withToken('/api/open', { exp: 1 })).status).toBe(401);
    expect((await call('/api/open', { authorization: 'Basic dXNlcjpwYXNz' })).json()).toEqual({ name: 'stranger' });
  });

  it('reads the keys once, and once more for a key that is new', async () => {
    const other = await startApiApp(adapter);
    try {
      const answers = async (...headers: Record<string, unknown>[]): Promise<number[]> => {
        const tokens = await Promise.all(headers.map((header) => mintAccessToken(other, {}, header)));
        const requests = tokens.map((token) => caller.request(other.at('/api/me'), { headers: bearer(token) }));
        return (await Promise.all(requests)).map(({ status }) => status);
      };
      expect(await answers({}, {}, {})).toEqual([200, 200, 200]);
      expect(other.control.count('jwks')).toBe(1);

      await other.control.signingKeys.rotate();
      expect(await answers({}, {}, {})).toEqual([200, 200, 200]);
      expect(other.control.count('jwks')).toBe(2);

      expect(await answers({ kid: 'made-up-1' }, { kid: 'made-up-2' }, { kid: 'made-up-3' })).toEqual([401, 401, 401]);
      expect(other.control.count('jwks'), 'made-up keys do not make us ask').toBe(2);
    } finally {
      await other.stop();
    }
  });

  it('answers 503 to a good token whose keys cannot be read, and recovers', async () => {
    const other = await startApiApp(adapter);
    try {
      other.control.failNext('jwks', { status: 503, body: 'down' });
      const token = await mintAccessToken(other);
      const unavailable = await caller.request(other.at('/api/me'), { headers: bearer(token) });
      expect(unavailable.status).toBe(503);
      expect(unavailable.headers.get('www-authenticate')).toBeNull();
      other.control.failNext('jwks', { status: 200, body: '<html>', contentType: 'text/html' });
      expect((await caller.request(other.at('/api/me'), { headers: bearer(token) })).status).toBe(502);
      expect((await caller.request(other.at('/api/me'), { headers: bearer(token) })).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  describe('that pages of the application use too', () => {
    it('knows a person by the session and a caller by the token', async () => {
      const bob = await test.logIn('auth0|bob');
      expect((await bob.request(test.at('/mixed'))).json()).toEqual({
        subject: 'session auth0|bob',
        name: 'Bob Example',
      });
      expect((await withToken('/mixed')).json()).toMatchObject({ subject: 'caller auth0|alice' });
      const nobody = await call('/mixed');
      expect(nobody.json()).toMatchObject({ statusCode: 401, errorCode: 'login_required' });
      expect(challengeOf(nobody)).toMatch(/^Bearer resource_metadata=/);
    });

    it('never falls back from a token to the cookie', async () => {
      const bob = await test.logIn('auth0|bob');
      const token = await mintAccessToken(test);
      const both = await bob.request(test.at('/mixed'), { headers: bearer(token) });
      expect(both.json()).toMatchObject({ subject: 'caller auth0|alice' });
      for (const authorization of ['Bearer bad', 'bearer', 'Bearer', 'DPoP bad']) {
        const refused = await bob.request(test.at('/mixed'), { headers: { authorization } });
        expect(refused.status).toBe(401);
        expect(challengeOf(refused)).toContain('Bearer');
      }
    });

    it('takes no credentials for a proxy in front as a token', async () => {
      const bob = await test.logIn('auth0|bob');
      for (const authorization of ['Basic dXNlcjpwYXNz', 'Negotiate YIIB', 'Digest username="bob"', 'Bearers x']) {
        const answer = await bob.request(test.at('/mixed'), { headers: { authorization } });
        expect(answer.json()).toMatchObject({ subject: 'session auth0|bob' });
      }
    });

    it('refuses what another site sets off with the cookie, unless it only reads', async () => {
      const bob = await test.logIn('auth0|bob');
      const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
      const write = (headers: Record<string, string>) => bob.request(test.at('/mixed'), { method: 'POST', headers });
      expect((await write(crossSite)).json()).toMatchObject({ statusCode: 403, errorCode: 'cross_site_request' });
      expect((await write({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
      expect((await bob.request(test.at('/mixed'), { headers: crossSite })).status).toBe(200);
      const token = await mintAccessToken(test);
      expect((await write({ ...crossSite, ...bearer(token) })).status, 'a token is no cookie').toBe(201);
    });

    it('limits a caller by scopes, and not a person', async () => {
      const bob = await test.logIn('auth0|bob');
      expect((await bob.request(test.at('/mixed/scoped'))).status).toBe(200);
      expect((await withToken('/mixed/scoped', { scope: 'openid' })).status).toBe(403);
    });
  });
});

describe.each(adapters)('an application that is no API on %s', (adapter) => {
  it('has no metadata', async () => {
    const test = await TestApp.start(adapter);
    try {
      const answer = await new Person().request(test.at('/.well-known/oauth-protected-resource'));
      expect(answer.status).toBe(404);
    } finally {
      await test.stop();
    }
  });

  it('does not start with routes that take access tokens, and names them', async () => {
    const start = startApiApp(adapter, { options: { apiAudience: undefined, apiClient: undefined } });
    await expect(start).rejects.toMatchObject({
      code: 'invalid_configuration',
      problems: expect.arrayContaining([
        'apiAudience is missing, and ApiController.me takes access tokens',
        expect.stringMatching(/MixedController\.\w+ takes access tokens/),
      ]),
    });
  });

  it('takes no token at a guard that it applies in another way', async () => {
    const test = await TestApp.start(adapter, {
      controllers: [PlainController],
      configure: (app) => void app.useGlobalGuards(app.get(AccessTokenGuard)),
    });
    try {
      const headers = bearer(await mintAccessToken(test));
      test.control.resetCounts();
      expect((await new Person().request(test.at('/plain'), { headers })).status).toBe(500);
      expect(test.control.count('discovery') + test.control.count('jwks')).toBe(0);
    } finally {
      await test.stop();
    }
  });

  it('moves the metadata or switches it off', async () => {
    const metadata = await startApiApp(adapter, { options: { routes: { protectedResource: 'meta/api' } } });
    try {
      const stranger = new Person();
      expect((await stranger.request(metadata.at('/meta/api'))).status).toBe(200);
      const refused = await stranger.request(metadata.at('/api/me'));
      expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadata.at('/meta/api')}"`);
    } finally {
      await metadata.stop();
    }
    const off = await startApiApp(adapter, { options: { routes: { protectedResource: false }, apiDpop: 'disabled' } });
    try {
      const stranger = new Person();
      expect((await stranger.request(off.at('/.well-known/oauth-protected-resource'))).status).toBe(404);
      expect((await stranger.request(off.at('/api/me'))).headers.get('www-authenticate')).toBe('Bearer');
    } finally {
      await off.stop();
    }
  });

  it('lists what is wrong with the options at start-up', async () => {
    const start = startApiApp(adapter, {
      options: { apiAudience: undefined, apiDpop: 'maybe' as never, apiClient: { clientId: '' } },
    });
    await expect(start).rejects.toMatchObject({
      code: 'invalid_configuration',
      problems: expect.arrayContaining([
        expect.stringContaining('apiDpop'),
        expect.stringContaining('apiClient needs apiAudience'),
        expect.stringContaining('apiClient.clientId'),
        expect.stringContaining('clientSecret or a privateKey'),
      ]),
    });
  });
});
