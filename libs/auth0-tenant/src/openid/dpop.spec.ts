import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { authorize, CALLBACK, json, login, myAccount, pkce, token } from '../testing/flows.js';

describe.each([false, true])('DPoP with nonces required: %s', (dpopNonce) => {
  let tenant: LocalTenant;
  let config: client.Configuration;
  beforeAll(async () => {
    tenant = await startLocalTenant({ dpopNonce, clients: [{ ...DEFAULT_CLIENT, dpopBound: true }] });
    config = await client.discovery(
      new URL(tenant.issuer),
      DEFAULT_CLIENT.clientId,
      undefined,
      client.ClientSecretPost(DEFAULT_CLIENT.clientSecret),
      { execute: [client.allowInsecureRequests] },
    );
  });
  afterAll(async () => tenant.stop());

  const boundToken = async (keys: client.CryptoKeyPair, parameters: Record<string, string> = {}) => {
    const DPoP = client.getDPoPHandle(config, keys);
    const { verifier, challenge } = pkce();
    const callback = await authorize(tenant, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...parameters,
    });
    const tokens = await client.authorizationCodeGrant(
      config,
      callback,
      { pkceCodeVerifier: verifier, expectedState: 'a-state' },
      undefined,
      { DPoP },
    );
    const refreshed = await client.refreshTokenGrant(
      config,
      tokens.refresh_token ?? '',
      { audience: `${tenant.issuer}me/` },
      { DPoP },
    );
    return { DPoP, accessToken: refreshed.access_token };
  };
  const accounts = () => new URL('me/v1/connected-accounts/accounts', tenant.issuer);

  it('binds the tokens and takes them at My Account with a proof', async () => {
    const { DPoP, accessToken } = await boundToken(await client.randomDPoPKeyPair());
    expect(decodeJwt(accessToken).cnf).toEqual({ jkt: expect.any(String) });
    const answer = await client
      .fetchProtectedResource(config, accessToken, accounts(), 'GET', undefined, undefined, { DPoP })
      .catch(async (error: unknown) => {
        // The first proof cannot know the resource server's nonce.
        if (!dpopNonce) throw error;
        return client.fetchProtectedResource(config, accessToken, accounts(), 'GET', undefined, undefined, { DPoP });
      });
    expect(await json(answer)).toEqual({ accounts: [] });
    const statuses = tenant.control.requests.filter(({ kind }) => kind === 'accounts').map(({ status }) => status);
    expect(statuses).toEqual(dpopNonce ? [401, 200] : [200]);
    const query = new URL('?take=5#x', accounts());
    expect(
      (await client.fetchProtectedResource(config, accessToken, query, 'GET', undefined, undefined, { DPoP })).status,
    ).toBe(200);
  });

  it('refuses a bound token as a bearer token, and another key’s proof', async () => {
    const { accessToken } = await boundToken(await client.randomDPoPKeyPair());
    const bearer = await myAccount(tenant, accessToken, 'GET', 'accounts');
    expect(bearer).toMatchObject({ status: 401, body: { title: 'Unauthorized' } });
    const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const attempt = client.fetchProtectedResource(config, accessToken, accounts(), 'GET', undefined, undefined, {
      DPoP: other,
    });
    await expect(attempt).rejects.toThrow(/challenge/);
    const missing = await myAccount(tenant, undefined, 'GET', 'accounts', undefined, {
      authorization: `DPoP ${accessToken}`,
    });
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof"/);
  });

  it('refuses a bearer token that is presented as a bound one', async () => {
    const plain = { ...DEFAULT_CLIENT, clientId: 'plain' };
    tenant.addClient(plain);
    const { refresh_token: refreshToken } = await login(tenant, {}, plain);
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, audience: `${tenant.issuer}me/` };
    const { body } = await token(tenant, form, plain);
    const authorization = (scheme: string) => ({ authorization: `${scheme} ${String(body.access_token)}` });
    expect((await myAccount(tenant, undefined, 'GET', 'accounts', undefined, authorization('Bearer'))).status).toBe(
      200,
    );
    expect((await myAccount(tenant, undefined, 'GET', 'accounts', undefined, authorization('DPoP'))).status).toBe(401);
  });

  it('refuses a proof that was used before', async () => {
    const { DPoP, accessToken } = await boundToken(await client.randomDPoPKeyPair());
    const call = async () =>
      client.fetchProtectedResource(config, accessToken, accounts(), 'GET', undefined, undefined, { DPoP });
    await call().catch(call);
    const { headers } = tenant.control.requests.at(-1) ?? {};
    const replayed = await myAccount(tenant, undefined, 'GET', 'accounts', undefined, {
      authorization: String(headers?.authorization),
      dpop: String(headers?.dpop),
    });
    expect(replayed).toMatchObject({ status: 401, body: { detail: 'the proof was used before' } });
  });

  it('refuses a bound client without a proof, and a code bound to another key by dpop_jkt', async () => {
    const callback = await authorize(tenant);
    const form = {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
    };
    const response = await fetch(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...form,
        client_id: DEFAULT_CLIENT.clientId,
        client_secret: DEFAULT_CLIENT.clientSecret ?? '',
      }),
    });
    expect(response.status).toBe(403);
    expect(await json(response)).toMatchObject({ error: 'invalid_grant' });
    const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const thumbprint = await other.calculateThumbprint();
    await expect(boundToken(await client.randomDPoPKeyPair(), { dpop_jkt: thumbprint })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});
