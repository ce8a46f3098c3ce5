import { createPrivateKey } from 'node:crypto';
import type { RecordedRequest } from 'auth0-local-tenant';
import { decodeJwt, decodeProtectedHeader, importPKCS8 } from 'jose';
import type { ClientAuthOptions } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate, x5c } from '../../libs/auth0-tenant/src/testing/certificates.js';
import { clientKey, register, type ClientKey } from '../support/credentials.js';
import { errorCodeOf, lastRequest, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, CLIENT, TestApp, type TestAppOptions } from '../support/test-app.js';

const REVOKE = { logout: { revokeRefreshToken: true } };
const AUTHENTICATED = ['code', 'refresh', 'exchange', 'revoke'];

/** A login, a refresh, a connect, an exchange, and a logout that revokes: all calls in which a client authenticates. */
async function expectTheMainJobDone(test: TestApp): Promise<void> {
  const alice = await test.logIn();
  await test.connect(alice, 'google-oauth2');
  const answer = await alice.request(test.at('/calendar'));
  expect(answer.status).toBe(200);
  expect((await alice.request(test.at('/auth/accounts'))).status).toBe(200);
  await alice.request(test.at('/auth/logout'), { method: 'POST' });
  expect(new Set(authenticated(test).map(({ kind }) => kind))).toEqual(new Set(AUTHENTICATED));
  for (const { kind, status } of authenticated(test)) expect(`${kind} ${status}`).toBe(`${kind} 200`);
}

/** What came to the endpoints where a client has to authenticate. */
function authenticated(test: TestApp): (RecordedRequest & { body: Record<string, string> })[] {
  const found = test.control.requests.filter(({ kind }) => AUTHENTICATED.includes(kind));
  return found.map((request) => ({ ...request, body: request.body as Record<string, string> }));
}

function withClientAuth(clientAuth: ClientAuthOptions, rest: TestAppOptions['options'] = {}): TestAppOptions {
  return { options: { ...REVOKE, ...rest, clientSecret: undefined, clientAuth } };
}

describe.each(adapters)('the application authenticates on %s', (adapter) => {
  let test: TestApp;
  afterAll(() => test?.stop());

  it('with its secret in the body by default, and nowhere else', async () => {
    test = await TestApp.start(adapter, { options: REVOKE });
    await expectTheMainJobDone(test);
    const requests = authenticated(test);
    for (const { body, headers } of requests) {
      expect(body).toMatchObject({ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret });
      expect(headers.authorization).toBeUndefined();
    }
    await test.stop();
  });

  it('with its secret in the header', async () => {
    test = await TestApp.start(adapter, { options: { ...REVOKE, clientAuth: { method: 'client_secret_basic' } } });
    register(test, { tokenEndpointAuthMethod: 'client_secret_basic' });
    await expectTheMainJobDone(test);
    for (const { body, headers } of authenticated(test)) {
      expect(headers.authorization).toMatch(/^Basic /);
      expect(body).not.toHaveProperty('client_secret');
    }
    await test.stop();
  });

  const key = clientKey('key-1');
  const forms: [string, (key: ClientKey) => Promise<ClientAuthOptions>][] = [
    ['PEM', async ({ privateKey }) => ({ privateKey, keyId: 'key-1' })],
    [
      'a JWK',
      async ({ privateKey }) => ({
        privateKey: { ...createPrivateKey(privateKey).export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256' },
      }),
    ],
    ['a CryptoKey', async ({ privateKey }) => ({ privateKey: await importPKCS8(privateKey, 'RS256'), keyId: 'key-1' })],
    ['PEM for PS256', async ({ privateKey }) => ({ privateKey, keyId: 'key-1', algorithm: 'PS256' })],
  ];
  it.each(forms)('with an assertion signed by a key, given as %s', async (_form, options) => {
    const given = await options(key);
    test = await TestApp.start(adapter, withClientAuth({ method: 'private_key_jwt', ...given }));
    const alg = given.algorithm ?? 'RS256';
    register(test, { clientSecret: undefined, jwks: { keys: [{ ...key.publicKey, alg }] } });

    await expectTheMainJobDone(test);

    const requests = authenticated(test);
    const assertions = requests.map(({ body }) => String(body.client_assertion));
    for (const assertion of assertions) {
      expect(decodeProtectedHeader(assertion)).toMatchObject({ alg, kid: 'key-1' });
      const claims = decodeJwt(assertion);
      expect(claims).toMatchObject({ iss: CLIENT.clientId, sub: CLIENT.clientId, aud: test.tenant.issuer });
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(60);
    }
    expect(new Set(assertions.map((assertion) => decodeJwt(assertion).jti)).size).toBe(assertions.length);
    for (const { body, headers } of requests) {
      expect(body.client_assertion_type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      expect(body).not.toHaveProperty('client_secret');
      expect(headers.authorization).toBeUndefined();
    }
    await test.stop();
  });

  it('with a new assertion when Auth0 wants the request later', async () => {
    const options = { method: 'private_key_jwt', privateKey: key.privateKey } as const;
    test = await TestApp.start(adapter, withClientAuth(options, { dpop: true }));
    register(test, { clientSecret: undefined, jwks: { keys: [key.publicKey] } });
    test.control.failNext('code', { status: 429, headers: { 'retry-after': '1' } });
    await test.logIn();
    const requests = authenticated(test);
    expect(requests.map(({ status }) => status)).toEqual([429, 200]);
    const [first, second] = requests.map(({ body, headers }) => [body.client_assertion, headers.dpop]);
    expect(first?.[0]).not.toBe(second?.[0]);
    expect(first?.[1]).not.toBe(second?.[1]);
    await test.stop();
  });

  it('with the first key of a list, while Auth0 knows both', async () => {
    const [older, newer] = [clientKey('older'), clientKey('newer', 'ES256')];
    const privateKey = [
      { key: newer.privateKey, keyId: 'newer' },
      { key: older.privateKey, keyId: 'older' },
    ];
    test = await TestApp.start(adapter, withClientAuth({ method: 'private_key_jwt', privateKey }));
    register(test, { clientSecret: undefined, jwks: { keys: [older.publicKey, newer.publicKey] } });

    await expectTheMainJobDone(test);

    const headers = authenticated(test).map(({ body }) => decodeProtectedHeader(String(body.client_assertion)));
    expect(new Set(headers.map(({ kid, alg }) => `${kid} ${alg}`))).toEqual(new Set(['newer ES256']));
    await test.stop();
  });

  it('in vain with a key that Auth0 does not know: the error says so, and shows no key', async () => {
    test = await TestApp.start(adapter, withClientAuth({ method: 'private_key_jwt', privateKey: key.privateKey }));
    register(test, { clientSecret: undefined, jwks: { keys: [clientKey('other').publicKey] } });
    const person = new Person();

    const answer = await person.request(await pendingLogin(test, person));

    expect(answer.status).toBe(502);
    expect(errorCodeOf(answer)).toBe('auth0_misconfigured');
    expect(answer.text).not.toContain('PRIVATE');
    await test.stop();
  });
});

describe.each(adapters)('mutual TLS on %s', (adapter) => {
  const authority = certificate('Test Authority');
  const server = certificate('localhost', authority);
  const known = certificate('known client', authority);
  const selfSigned = certificate('self-signed client');
  let test: TestApp;

  beforeAll(() => {
    // The person's browser believes the test's authority; the library is given it and believes nothing else.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  });
  afterAll(async () => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    await test?.stop();
  });

  const start = async (clientAuth: Partial<ClientAuthOptions>): Promise<TestApp> => {
    test = await TestApp.start(adapter, {
      tenant: { tls: { key: server.key, cert: server.cert, ca: authority.cert } },
      ...withClientAuth({
        method: 'tls_client_auth',
        certificate: known.cert,
        key: known.key,
        ca: authority.cert,
        ...clientAuth,
      }),
    });
    return test;
  };

  it('authenticates by the certificate, in every call, at the endpoints for it, and its tokens are bound to it', async () => {
    await start({});
    test.control.rewriteNext('discovery', (body) => ({ ...body, token_endpoint: `${test.tenant.issuer}nowhere` }));
    register(test, {
      clientSecret: undefined,
      tokenEndpointAuthMethod: 'tls_client_auth',
      tlsClientAuthSubjectDn: 'CN=known client',
      certificateBound: true,
    });

    await expectTheMainJobDone(test);

    for (const { body, headers } of authenticated(test)) {
      expect(body).toMatchObject({ client_id: CLIENT.clientId });
      expect(body).not.toHaveProperty('client_secret');
      expect(headers.authorization).toBeUndefined();
    }
    const bound = lastRequest(test, 'accounts').headers.authorization?.toString().split(' ')[1] ?? '';
    expect(decodeJwt(bound).cnf).toEqual({ 'x5t#S256': expect.any(String) });
    await test.stop();
  });

  it('takes a self-signed certificate that Auth0 knows', async () => {
    await start({ certificate: selfSigned.cert, key: selfSigned.key });
    const { kty, n, e } = selfSigned.privateKey.export({ format: 'jwk' });
    register(test, {
      clientSecret: undefined,
      tokenEndpointAuthMethod: 'self_signed_tls_client_auth',
      jwks: { keys: [{ kty, n, e, x5c: [x5c(selfSigned)] }] },
    });

    await expectTheMainJobDone(test);

    expect(lastRequest(test, 'revoke').body).not.toHaveProperty('client_secret');
    await test.stop();
  });

  it('is refused with another certificate', async () => {
    await start({ certificate: server.cert, key: server.key });
    register(test, {
      clientSecret: undefined,
      tokenEndpointAuthMethod: 'tls_client_auth',
      tlsClientAuthSubjectDn: 'CN=known client',
    });
    const person = new Person();
    const answer = await person.request(await pendingLogin(test, person));
    expect(answer.status).toBe(502);
    expect(errorCodeOf(answer)).toBe('auth0_misconfigured');
    await test.stop();
  });

  it('believes no host but one that its authority vouches for', async () => {
    await start({ ca: certificate('Another Authority').cert });
    const answer = await new Person().request(test.at('/auth/login'));
    expect(answer.status).toBe(503);
    expect(errorCodeOf(answer)).toBe('auth0_unavailable');
    await test.stop();
  });
});
