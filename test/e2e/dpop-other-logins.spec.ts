import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose';
import { LoginService, SessionService, type LoginSession } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../support/credentials.js';
import { lastRequest } from '../support/flows.js';
import { adapters, TestApp } from '../support/test-app.js';

const ALICE = { loginHint: { sub: 'auth0|alice' }, bindingMessage: 'Order 1234' };
const BOBS = { subjectToken: 'legacy-bob', subjectTokenType: 'urn:acme:legacy-token' };
const URL_OF_API = 'https://api.example.com/orders';

function thumbprintOf(proof: unknown): Promise<string> {
  return calculateJwkThumbprint(decodeProtectedHeader(String(proof)).jwk as Record<string, string>);
}

describe.each(adapters)('DPoP without a browser on %s', (adapter) => {
  describe.each([false, true])('with nonces asked for: %s', (dpopNonce) => {
    let test: TestApp;
    let logins: LoginService;
    beforeAll(async () => {
      test = await TestApp.start(adapter, {
        options: { dpop: true },
        tenant: {
          dpopNonce,
          customTokenExchange: ({ subjectToken }) => (subjectToken === 'legacy-bob' ? 'auth0|bob' : undefined),
        },
      });
      register(test, {
        dpopBound: true,
        grantTypes: [
          'authorization_code',
          'refresh_token',
          'urn:openid:params:grant-type:ciba',
          'urn:ietf:params:oauth:grant-type:token-exchange',
        ],
      });
      logins = test.app.get(LoginService);
    });
    afterAll(() => test?.stop());

    const approved = async (): Promise<LoginSession> => {
      const pending = await logins.startBackchannelLogin(ALICE);
      await test.control.approveBackchannel();
      const outcome = await logins.completeBackchannelLogin(pending);
      if (outcome.status !== 'completed') throw new Error('not approved');
      return outcome.session;
    };
    it('gives each of many logins at once tokens that are bound to its own key', async () => {
      const begun = await Promise.all(Array.from({ length: 5 }, () => logins.exchangeToken(BOBS)));
      const keys = await Promise.all(
        begun.map(async ({ session }) => {
          const { accessToken } = await logins.getAccessToken(session);
          const proof = await logins.createDpopProof(session, { method: 'GET', url: URL_OF_API, accessToken });
          expect(decodeJwt(accessToken).cnf).toEqual({ jkt: await thumbprintOf(proof) });
          return thumbprintOf(proof);
        }),
      );
      expect(new Set(keys).size).toBe(5);
    });

    const sessions = async (): Promise<number> => {
      const users = ['auth0|alice', 'auth0|bob'].map((user) => test.app.get(SessionService).listSessions(user));
      return (await Promise.all(users)).flat().length;
    };
    describe('a login on another device', () => {
      const login = approved;

      it('gives tokens that are bound to a key of the session, which its refreshes prove too', async () => {
        const session = await login();
        const { headers } = lastRequest(test, 'token-other');
        const bound = await thumbprintOf(headers.dpop);
        const token = await logins.getAccessToken(session);
        expect(token.tokenType).toBe('DPoP');
        expect(decodeJwt(token.accessToken).cnf).toEqual({ jkt: bound });

        const request = { method: 'GET', url: URL_OF_API, accessToken: token.accessToken };
        expect(await thumbprintOf(await logins.createDpopProof(session, request))).toBe(bound);

        const other = await logins.getAccessToken(session, { scope: 'write:events' });
        expect(await thumbprintOf(lastRequest(test, 'refresh').headers.dpop)).toBe(bound);
        expect(decodeJwt(other.accessToken).cnf).toEqual({ jkt: bound });
      });

      it('has a key that no other session has', async () => {
        const keys = [];
        for (const session of [await login(), await login()]) {
          const { accessToken } = await logins.getAccessToken(session);
          keys.push((decodeJwt(accessToken).cnf as { jkt: string }).jkt);
        }
        expect(new Set(keys).size).toBe(2);
      });

      it('takes no bearer token in place of a bound one: there is no session', async () => {
        const before = await sessions();
        test.control.rewriteNext('token-other', (body) => ({ ...body, token_type: 'Bearer' }));
        await expect(login()).rejects.toMatchObject({ code: 'auth0_misconfigured' });
        expect(await sessions()).toBe(before);
      });
    });

    it('waits for an approval with a proof each time, and is bound to the key of the last', async () => {
      const pending = await logins.startBackchannelLogin(ALICE);
      expect((await logins.completeBackchannelLogin(pending)).status).toBe('pending');
      const waited = await thumbprintOf(lastRequest(test, 'token-other').headers.dpop);
      await test.control.approveBackchannel();
      const outcome = await logins.completeBackchannelLogin(pending);
      const last = await thumbprintOf(lastRequest(test, 'token-other').headers.dpop);
      expect(outcome.status).toBe('completed');
      expect(waited, 'nothing is kept of a poll that gave nothing').not.toBe(last);
    });

    describe('a custom token exchange', () => {
      it('proves the key at the token endpoint, and the session keeps it for what comes after', async () => {
        const { session } = await logins.exchangeToken(BOBS);

        const { headers } = lastRequest(test, 'token-other');
        expect(decodeJwt(String(headers.dpop))).toMatchObject({ htm: 'POST', htu: `${test.tenant.issuer}oauth/token` });
        const { tokenType, accessToken } = await logins.getAccessToken(session);
        expect(tokenType).toBe('DPoP');
        expect(decodeJwt(accessToken).cnf).toEqual({ jkt: await thumbprintOf(headers.dpop) });
        const proof = await logins.createDpopProof(session, { method: 'GET', url: URL_OF_API, accessToken });
        expect(await thumbprintOf(proof)).toBe(await thumbprintOf(headers.dpop));
      });

      it('takes no bearer token in place of a bound one: there is no session', async () => {
        const before = await sessions();
        test.control.rewriteNext('token-other', (body) => ({ ...body, token_type: 'Bearer' }));
        await expect(logins.exchangeToken(BOBS)).rejects.toMatchObject({ code: 'auth0_misconfigured' });
        expect(await sessions()).toBe(before);
      });
    });
  });
});
