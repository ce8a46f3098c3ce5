import { request } from 'node:https';
import { exportJWK, generateKeyPair } from 'jose';
import { createPublicKey, X509Certificate } from 'node:crypto';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { certificate, x5c } from '../testing/certificates.js';
import type { Certificate } from '../tls/certificates.js';
import { authorize, CALLBACK, json, token } from '../testing/flows.js';

const GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'];
const MACHINE = {
  grantTypes: GRANTS,
  clientGrants: [{ audience: 'https://api.example.com', scopes: ['read:events'] }],
};

describe('client authentication', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant();
  });
  afterAll(async () => tenant.stop());

  it('takes private_key_jwt, each assertion once, and no secret of such a client', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    tenant.addClient({
      clientId: 'keyed',
      redirectUris: [CALLBACK],
      ...MACHINE,
      jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256' }] },
    });
    const discover = async (authentication: client.ClientAuth) =>
      client.discovery(new URL(tenant.issuer), 'keyed', undefined, authentication, {
        execute: [client.allowInsecureRequests],
      });
    const audience = { audience: 'https://api.example.com' };
    const good = await discover(client.PrivateKeyJwt(privateKey));
    expect((await client.clientCredentialsGrant(good, audience)).access_token).toBeTypeOf('string');
    const sent = tenant.control.requests.at(-1)?.body;
    const replay = await fetch(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(sent as Record<string, string>),
    });
    expect(await json(replay)).toMatchObject({ error: 'invalid_client' });
    const { privateKey: foreign } = await generateKeyPair('RS256');
    await expect(
      client.clientCredentialsGrant(await discover(client.PrivateKeyJwt(foreign)), audience),
    ).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
    const secret = await token(
      tenant,
      { grant_type: 'client_credentials', ...audience },
      { clientId: 'keyed', clientSecret: 'x', redirectUris: [] },
    );
    expect(secret).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('takes pushed authorization requests, and nothing else from a client that must push', async () => {
    tenant.addClient({ ...DEFAULT_CLIENT, clientId: 'pushing', requirePar: true });
    const config = await client.discovery(
      new URL(tenant.issuer),
      'pushing',
      undefined,
      client.ClientSecretPost(DEFAULT_CLIENT.clientSecret),
      { execute: [client.allowInsecureRequests] },
    );
    const parameters = {
      redirect_uri: CALLBACK,
      scope: 'openid offline_access',
      audience: 'https://api.example.com',
      state: 'pushed',
    };
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    const pushed = tenant.control.requests.at(-1);
    expect(pushed).toMatchObject({ kind: 'par', status: 201 });
    const callback = await authorize(tenant, {
      ...Object.fromEntries(url.searchParams),
      response_type: undefined,
      redirect_uri: undefined,
      scope: undefined,
      state: undefined,
    });
    const tokens = await client.authorizationCodeGrant(config, callback, { expectedState: 'pushed' });
    expect(tokens.scope).toBe('openid offline_access');
    expect(tokens.refresh_token).toBeTypeOf('string');
    const plain = await authorize(tenant, { client_id: 'pushing' });
    expect(plain.searchParams.get('error')).toBe('invalid_request');
    const unauthenticated = await fetch(`${tenant.issuer}oauth/par`, {
      method: 'POST',
      body: new URLSearchParams({ ...parameters, client_id: 'pushing', response_type: 'code' }),
    });
    expect(unauthenticated.status).toBe(401);
  });
});

describe('mutual TLS', () => {
  const authority = certificate('Test Authority');
  const server = certificate('localhost', authority);
  const known = certificate('known client', authority);
  const selfSigned = certificate('self-signed client');
  let tenant: LocalTenant;
  beforeAll(async () => {
    const jwk = await exportJWK(await publicKeyOf(selfSigned));
    tenant = await startLocalTenant({
      tls: { key: server.key, cert: server.cert, ca: authority.cert },
      clients: [
        {
          clientId: 'by-subject',
          redirectUris: [CALLBACK],
          ...MACHINE,
          tokenEndpointAuthMethod: 'tls_client_auth',
          tlsClientAuthSubjectDn: 'CN=known client',
          certificateBound: true,
        },
        {
          clientId: 'by-certificate',
          redirectUris: [CALLBACK],
          ...MACHINE,
          tokenEndpointAuthMethod: 'self_signed_tls_client_auth',
          jwks: { keys: [{ ...jwk, x5c: [x5c(selfSigned)] }] },
        },
      ],
    });
  });
  afterAll(async () => tenant.stop());

  const post = async (clientId: string, presented?: Certificate) =>
    call(new URL('oauth/token', tenant.issuer), authority, presented, {
      grant_type: 'client_credentials',
      client_id: clientId,
      audience: 'https://api.example.com',
    });

  it('names its certificate endpoints in discovery', async () => {
    const { body } = await call(new URL('.well-known/openid-configuration', tenant.issuer), authority);
    expect(body).toMatchObject({
      issuer: tenant.issuer,
      mtls_endpoint_aliases: { token_endpoint: `${tenant.issuer}oauth/token` },
    });
  });

  it('takes a certificate of its authority with the right subject, and binds the token to it', async () => {
    const { status, body } = await post('by-subject', known);
    expect(status).toBe(200);
    const payload = JSON.parse(Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url').toString());
    expect(payload.cnf).toEqual({ 'x5t#S256': expect.any(String) });
  });

  it('takes a self-signed certificate that is registered', async () => {
    expect((await post('by-certificate', selfSigned)).status).toBe(200);
  });

  it('refuses no certificate, another subject and an unregistered certificate', async () => {
    for (const [clientId, presented] of [
      ['by-subject', undefined],
      ['by-subject', server],
      ['by-subject', certificate('known client')],
      ['by-certificate', undefined],
      ['by-certificate', known],
    ] as const) {
      expect(await post(clientId, presented)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });
});

async function publicKeyOf({ cert }: Certificate) {
  return createPublicKey(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'pem' }));
}

async function call(
  url: URL,
  authority: Certificate,
  presented?: Certificate,
  form?: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const options = {
      method: form ? 'POST' : 'GET',
      ca: authority.cert,
      ...(presented ? { key: presented.key, cert: presented.cert } : undefined),
      headers: form ? { 'content-type': 'application/x-www-form-urlencoded' } : {},
    };
    const sent = request(url, options, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.on('error', reject);
    sent.end(form ? new URLSearchParams(form).toString() : undefined);
  });
}
