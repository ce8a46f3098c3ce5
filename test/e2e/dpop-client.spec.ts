import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import type { RecordedRequest, RequestKind } from 'auth0-local-tenant';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { CurrentSession, LoginService, LoginSession, SessionGuard } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientKey, register } from '../support/credentials.js';
import { errorCodeOf, isLoggedIn, lastRequest, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp, type TestAppOptions } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

/** An application that calls an API of its own with proofs. */
@Controller('proofs')
@UseGuards(SessionGuard)
class ProofController {
  constructor(@Inject(LoginService) private readonly logins: LoginService) {}

  @Get()
  async proof(
    @CurrentSession() session: LoginSession,
    @Query('url') url: string,
    @Query('nonce') nonce?: string,
  ): Promise<{ accessToken: string; tokenType: string; proof: string }> {
    const { accessToken, tokenType } = await this.logins.getAccessToken(session);
    const proof = await this.logins.createDpopProof(session, { method: 'GET', url, accessToken, nonce });
    return { accessToken, tokenType, proof };
  }
}

function start(adapter: (typeof adapters)[number], given: TestAppOptions = {}): Promise<TestApp> {
  return TestApp.start(adapter, {
    controllers: [ProofController, TokenController],
    ...given,
    options: { dpop: true, ...given.options },
  });
}

/** `jkt` of the key that signed the proof of a request. */
function thumbprintOf({ headers }: Pick<RecordedRequest, 'headers'>): Promise<string> {
  return calculateJwkThumbprint(decodeProtectedHeader(String(headers.dpop)).jwk as Record<string, string>);
}

function requestsOf(test: TestApp, ...kinds: RequestKind[]): RecordedRequest[] {
  return test.control.requests.filter(({ kind }) => kinds.includes(kind));
}

describe.each(adapters)('DPoP as a client on %s', (adapter) => {
  describe.each([false, true])('with nonces asked for: %s', (dpopNonce) => {
    let test: TestApp;
    let alice: Person;
    beforeAll(async () => {
      test = await start(adapter, { tenant: { dpopNonce } });
      register(test, { dpopBound: true });
      alice = await test.logIn();
      await test.connect(alice, 'google-oauth2');
    });
    afterAll(() => test?.stop());

    it('announces the key at login and binds the code to it', async () => {
      const { query } = requestsOf(test, 'authorize')[0] ?? {};
      expect(query?.dpop_jkt).toBe(await thumbprintOf(lastRequest(test, 'code')));
    });

    it('proves the key in each token request and each My Account call, never twice with one proof', async () => {
      expect((await alice.request(test.at('/calendar'))).status).toBe(200);
      expect((await alice.request(test.at('/auth/accounts'))).status).toBe(200);
      const requests = requestsOf(test, 'code', 'refresh', 'exchange', 'connect', 'complete', 'accounts');
      const keys = await Promise.all(requests.map(thumbprintOf));
      expect(new Set(keys).size).toBe(1);
      for (const { headers, method, path } of requests) {
        const { payload, protectedHeader } = await jwtVerify(String(headers.dpop), EmbeddedJWK, { typ: 'dpop+jwt' });
        expect(protectedHeader).toMatchObject({ alg: 'ES256' });
        expect(Object.keys(protectedHeader.jwk ?? {})).not.toContain('d');
        expect(payload).toMatchObject({ htm: method, htu: `${test.tenant.domain}${path}` });
      }
      const ids = requests.map(({ headers }) => decodeJwt(String(headers.dpop)).jti);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('never sends a bound token as a bearer token, and ties each proof to its token', () => {
      for (const { headers } of requestsOf(test, 'connect', 'complete', 'accounts')) {
        const [scheme, token = ''] = String(headers.authorization).split(' ');
        expect(scheme).toBe('DPoP');
        expect(decodeJwt(token).cnf).toEqual({ jkt: expect.any(String) });
        const ath = createHash('sha256').update(token).digest('base64url');
        expect(decodeJwt(String(headers.dpop)).ath).toBe(ath);
      }
      const sent = requestsOf(test, 'code', 'refresh', 'exchange', 'connect', 'complete', 'accounts');
      expect(sent.filter(({ headers }) => /^bearer/i.test(String(headers.authorization)))).toEqual([]);
    });

    it('answers a challenge for a nonce once, and knows it from then on', async () => {
      const refused = requestsOf(test, 'code', 'refresh', 'exchange', 'connect', 'complete', 'accounts').filter(
        ({ status }) => status >= 400,
      );
      // One for the token endpoint and one for My Account, in all of the above.
      expect(refused.map(({ kind }) => kind)).toEqual(dpopNonce ? ['code', 'connect'] : []);
      expect(requestsOf(test, 'refresh'), 'the token was not at fault').toHaveLength(1);
      await test.logIn('auth0|bob');
      expect(lastRequest(test, 'code').status).toBe(200);
    });

    it('gives the application what it needs to call an API of its own', async () => {
      const url = 'https://api.example.com/orders?page=2#top';
      const answer = await alice.request(test.at(`/proofs?nonce=n-1&url=${encodeURIComponent(url)}`));
      const { accessToken, tokenType, proof } = answer.json<Record<'accessToken' | 'tokenType' | 'proof', string>>();
      expect(tokenType).toBe('DPoP');
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' });
      expect(payload).toMatchObject({
        htm: 'GET',
        htu: 'https://api.example.com/orders',
        ath: createHash('sha256').update(accessToken).digest('base64url'),
        nonce: 'n-1',
      });
      const jkt = await calculateJwkThumbprint(protectedHeader.jwk as Record<string, string>);
      expect(decodeJwt(accessToken).cnf).toEqual({ jkt });
    });

    it('refuses to prove anything for an address that is none', async () => {
      const answer = await alice.request(test.at('/proofs?url=/orders'));
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ errorCode: 'invalid_request', parameter: 'url' });
    });
  });

  describe('without nonces', () => {
    let test: TestApp;
    let person: Person;
    beforeAll(async () => {
      test = await start(adapter);
    });
    afterAll(() => test?.stop());
    beforeEach(() => {
      person = new Person();
    });

    it('gives each session a key of its own, and stores it sealed', async () => {
      await test.logIn('auth0|alice');
      const first = await thumbprintOf(lastRequest(test, 'code'));
      await test.logIn('auth0|alice');
      expect(await thumbprintOf(lastRequest(test, 'code'))).not.toBe(first);

      const rows: { dpop_key: string }[] = await test.database.query('SELECT dpop_key FROM auth0_connect_sessions');
      expect(rows.length).toBeGreaterThanOrEqual(2);
      for (const { dpop_key: sealed } of rows) expect(sealed).toMatch(/^v1\.[\w-]+\.[\w-]+$/);
      await test.database.query('DELETE FROM auth0_connect_transactions');
      await pendingLogin(test, person);
      const [pending] = await test.database.query('SELECT payload FROM auth0_connect_transactions');
      expect(pending.payload).toMatch(/^v1\.[\w-]+\.[\w-]+$/);
    });

    it('refuses a login that ends in a bearer token', async () => {
      const callback = await pendingLogin(test, person);
      test.control.rewriteNext('code', (body) => ({ ...body, token_type: 'Bearer' }));
      const answer = await person.request(callback);
      expect(answer.status).toBe(502);
      expect(answer.json()).toMatchObject({
        errorCode: 'auth0_misconfigured',
        message: expect.stringContaining('bearer token'),
      });
      expect(await isLoggedIn(test, person)).toBe(false);
    });

    it('refuses a bearer token for another API, and keeps none', async () => {
      await test.logIn('auth0|alice', person);
      test.control.rewriteNext('refresh', (body) => ({ ...body, token_type: 'Bearer' }));
      const refused = await person.request(test.at('/auth/accounts'));
      expect(refused.status).toBe(502);
      expect(errorCodeOf(refused)).toBe('auth0_misconfigured');

      expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
      expect(test.control.requests.at(-1)?.headers.authorization).toMatch(/^DPoP /);
    });

    it('remembers in the row that a stored token is bound', async () => {
      await test.logIn('auth0|alice', person);
      const first = await person.request(test.at('/tokens/api'));
      const again = await person.request(test.at('/tokens/api'));
      expect(first.json()).toMatchObject({ tokenType: 'DPoP' });
      expect(again.text).toBe(first.text);
      const types: { token_type: string }[] = await test.database.query(
        'SELECT DISTINCT token_type FROM auth0_connect_api_access_tokens',
      );
      expect(types).toEqual([{ token_type: 'dpop' }]);
    });

    it('asks for a new login when the key cannot be opened, and sends nothing without it', async () => {
      await test.logIn('auth0|alice', person);
      await test.database.query("UPDATE auth0_connect_sessions SET dpop_key = 'v1.damaged.damaged'");
      const before = test.control.requests.length;
      const answer = await person.request(test.at('/auth/accounts'));
      expect(answer.status).toBe(401);
      expect(errorCodeOf(answer)).toBe('login_required');
      expect(test.control.requests.length).toBe(before);
      // A request that needs no token does not look at the key.
      expect(await isLoggedIn(test, person)).toBe(true);
    });
  });

  it('goes together with pushed authorization requests', async () => {
    const test = await start(adapter, { options: { pushedAuthorizationRequests: true } });
    register(test, { dpopBound: true, requirePar: true });
    await test.logIn();
    expect(lastRequest(test, 'par').body.dpop_jkt).toBe(await thumbprintOf(lastRequest(test, 'code')));
    await test.stop();
  });

  it('goes together with pushed authorization requests and a key, as the FAPI 2.0 Security Profile has it', async () => {
    const key = clientKey('key-1', 'PS256');
    const test = await start(adapter, {
      tenant: { dpopNonce: true },
      options: {
        pushedAuthorizationRequests: true,
        clientSecret: undefined,
        clientAuth: { method: 'private_key_jwt', privateKey: key.privateKey, keyId: 'key-1', algorithm: 'PS256' },
      },
    });
    register(test, { clientSecret: undefined, jwks: { keys: [key.publicKey] }, dpopBound: true, requirePar: true });
    const person = await test.logIn();
    await test.connect(person, 'google-oauth2');
    expect((await person.request(test.at('/calendar'))).status).toBe(200);
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
    const { body } = lastRequest(test, 'refresh');
    expect(decodeProtectedHeader(String(body.client_assertion)).alg).toBe('PS256');
    expect(decodeJwt(String(body.client_assertion)).aud).toBe(test.tenant.issuer);
    await test.stop();
  });

  it('makes a new proof when Auth0 wants a call of My Account later', async () => {
    const test = await start(adapter);
    const person = await test.logIn();
    test.control.failNext('accounts', { status: 429, headers: { 'retry-after': '1' } });
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
    const [first, second] = requestsOf(test, 'accounts').map(({ headers }) => headers.dpop);
    expect(first).toBeDefined();
    expect(first).not.toBe(second);
    await test.stop();
  });

  it('is left alone where the option is off: bearer tokens, and a bound one is refused', async () => {
    const test = await start(adapter, { options: { dpop: false } });
    const person = await test.logIn();
    expect((await person.request(test.at('/tokens/api'))).json()).toMatchObject({ tokenType: 'Bearer' });
    expect((await person.request(test.at('/proofs?url=https://api.example.com/'))).status).toBe(401);
    expect(requestsOf(test, 'code', 'refresh').filter(({ headers }) => headers.dpop !== undefined)).toEqual([]);
    expect((await person.request(test.at('/auth/accounts'))).status).toBe(200);
    expect(lastRequest(test, 'accounts').headers.authorization).toMatch(/^Bearer /);

    test.control.rewriteNext('code', (body) => ({ ...body, token_type: 'DPoP' }));
    const other = new Person();
    const answer = await other.request(await pendingLogin(test, other));
    expect(errorCodeOf(answer)).toBe('invalid_auth0_response');
    await test.stop();
  });

  it('keeps a session as it was begun when the option is switched on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auth0-connect-'));
    const database = { type: 'better-sqlite3', database: join(folder, 'test.sqlite') } as const;
    const before = await start(adapter, { database, options: { dpop: false } });
    const person = await before.logIn();
    const after = await start(adapter, { database, sharedTenant: before.tenant });
    const answer = await person.request(after.at('/tokens/api'));
    expect(answer.json()).toMatchObject({ tokenType: 'Bearer' });
    expect((await person.request(after.at('/auth/accounts'))).status).toBe(200);
    expect(lastRequest(after, 'accounts').headers.authorization).toMatch(/^Bearer /);
    await after.stop();
    await before.stop();
    await rm(folder, { recursive: true });
  });
});
