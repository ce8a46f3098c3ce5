import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientKey, register } from '../support/credentials.js';
import { changed, errorCodeOf, isLoggedIn, lastRequest, pendingLogin, watch } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, CLIENT, TestApp } from '../support/test-app.js';

describe.each(adapters)('pushed authorization requests on %s', (adapter) => {
  let test: TestApp;
  let person: Person;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { pushedAuthorizationRequests: true } });
    register(test, { requirePar: true });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    person = new Person();
  });

  it('carry the whole request, and the browser nothing but a reference to it', async () => {
    const start = await person.request(test.at('/auth/login?returnTo=/calendar/open&login_hint=alice@example.com'));

    expect(start.status).toBe(302);
    const url = new URL(start.location ?? '');
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    const { body, status } = lastRequest(test, 'par');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
      response_type: 'code',
      redirect_uri: test.at('/auth/callback'),
      scope: 'openid profile email offline_access',
      audience: API_AUDIENCE,
      login_hint: 'alice@example.com',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('end in a login as any other', async () => {
    await test.logIn('auth0|alice', person);
    expect(await isLoggedIn(test, person)).toBe(true);
  });

  it('are authenticated by a signed assertion for the issuer where the application has a key', async () => {
    const key = clientKey('key-1');
    const keyed = await TestApp.start(adapter, {
      options: {
        pushedAuthorizationRequests: true,
        clientSecret: undefined,
        clientAuth: { method: 'private_key_jwt', privateKey: key.privateKey, keyId: 'key-1' },
      },
    });
    register(keyed, { clientSecret: undefined, jwks: { keys: [key.publicKey] }, requirePar: true });
    expect(await isLoggedIn(keyed, await keyed.logIn())).toBe(true);
    expect(decodeJwt(String(lastRequest(keyed, 'par').body.client_assertion)).aud).toBe(keyed.tenant.issuer);
    await keyed.stop();
  });

  it('that Auth0 refuses are a 400 with a code, and nothing of what Auth0 says is shown', async () => {
    test.control.failNext('par', {
      status: 400,
      body: { error: 'invalid_request', error_description: '<b>unknown connection</b>' },
    });
    const answer = await person.request(test.at('/auth/login?connection=nobody'));
    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('auth0_refused');
    expect(answer.text).not.toContain('unknown connection');
  });

  const broken: [string, number, unknown, string][] = [
    ['wrong credentials', 401, { error: 'invalid_client' }, 'auth0_misconfigured'],
    ['an answer without request_uri', 201, { expires_in: 60 }, 'invalid_auth0_response'],
    ['an answer whose request_uri is no text', 201, { request_uri: 7, expires_in: 60 }, 'invalid_auth0_response'],
    ['HTML', 201, '<html></html>', 'invalid_auth0_response'],
    ['an outage', 503, 'down', 'auth0_unavailable'],
  ];
  it.each(broken)('end with %s in an error that names the cause', async (_what, status, body, code) => {
    test.control.failNext('par', { status, body });
    const answer = await person.request(test.at('/auth/login'));
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(errorCodeOf(answer)).toBe(code);
    expect(answer.location).toBeUndefined();
  });
});

describe.each(adapters)('a tenant without pushed authorization requests on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { pushedAuthorizationRequests: true } });
  });
  afterAll(() => test?.stop());

  it('is an error at login that says what to switch on', async () => {
    test.control.rewriteNext('discovery', (body) => ({ ...body, pushed_authorization_request_endpoint: undefined }));
    const answer = await new Person().request(test.at('/auth/login'));
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({
      errorCode: 'auth0_misconfigured',
      message: expect.stringContaining('pushed authorization requests'),
    });
  });
});

describe.each(adapters)('the issuer of an authorization response on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  beforeAll(async () => {
    test = await TestApp.start(adapter);
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    person = new Person();
  });

  it.each([
    ['another one', { iss: 'https://evil.example/' }],
    ['another one, with an error', { iss: 'https://evil.example/', code: undefined, error: 'access_denied' }],
    ['none, though the tenant announces it', { iss: undefined }],
    ['an empty one', { iss: '' }],
  ])('is checked, RFC 9207: %s', async (_what, parameters) => {
    const callback = await pendingLogin(test, person);
    expect(callback.searchParams.get('iss')).toBe(test.tenant.issuer);

    const { answer, calls } = await watch(test, () => person.request(changed(callback, parameters)));

    expect(answer.status).toBe(400);
    expect(errorCodeOf(answer)).toBe('invalid_callback');
    expect(calls).toEqual({});
    expect(await isLoggedIn(test, person)).toBe(false);
  });
});
