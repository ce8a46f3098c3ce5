import { createServer, type Server } from 'node:http';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { login } from '../testing/flows.js';

describe('back-channel logout', () => {
  let tenant: LocalTenant;
  let application: Server;
  let uri: string;
  let heard: ((token: string) => void) | undefined;
  beforeAll(async () => {
    application = createServer((request, response) => {
      let form = '';
      request.on('data', (chunk) => (form += chunk));
      request.on('end', () => {
        heard?.(new URLSearchParams(form).get('logout_token') ?? '');
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => {
      application.listen(0, '127.0.0.1', resolve);
    });
    const address = application.address();
    uri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/backchannel`;
    tenant = await startLocalTenant({ clients: [{ ...DEFAULT_CLIENT, backchannelLogoutUri: uri }] });
  });
  afterAll(async () => {
    await tenant.stop();
    application.close();
  });

  const next = async () => new Promise<string>((resolve) => (heard = resolve));

  it('sends what a script asks for', async () => {
    const arrives = next();
    const { clientId } = DEFAULT_CLIENT;
    expect(await tenant.control.sendBackchannelLogout({ clientId, sub: 'auth0|alice', sid: 's' })).toBe(200);
    const token = await arrives;
    const keys = createRemoteJWKSet(new URL(`${tenant.issuer}.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, {
      issuer: tenant.issuer,
      audience: clientId,
      typ: 'logout+jwt',
      requiredClaims: ['jti', 'iat', 'exp'],
    });
    expect(payload).toMatchObject({
      sub: 'auth0|alice',
      sid: 's',
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(120);
  });

  it('is 0 when nobody answers', async () => {
    const sent = await tenant.control.sendBackchannelLogout({
      clientId: DEFAULT_CLIENT.clientId,
      uri: 'http://127.0.0.1:1/',
      sub: 'auth0|alice',
    });
    expect(sent).toBe(0);
  });

  it('mints wrong tokens on demand', async () => {
    const token = await tenant.control.logoutToken({ sub: 'x', events: undefined, nonce: 'n' }, { typ: 'JWT' });
    expect(decodeJwt(token)).toMatchObject({ nonce: 'n' });
    expect(decodeJwt(token)).not.toHaveProperty('events');
    expect(decodeProtectedHeader(token).typ).toBe('JWT');
  });

  it('tells the applications of a session when it ends', async () => {
    const browser = new Browser();
    const { id_token: idToken } = await login(tenant, { browser });
    const arrives = next();
    await browser.get(`${tenant.issuer}oidc/logout?id_token_hint=${idToken}`);
    expect(decodeJwt(await arrives)).toMatchObject({ sub: 'auth0|alice', sid: decodeJwt(idToken).sid });
  });
});
