import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { json, login, token } from '../testing/flows.js';

describe('the tokens', () => {
  let tenant: LocalTenant;
  beforeAll(async () => {
    tenant = await startLocalTenant();
  });
  afterAll(async () => tenant.stop());

  it('gives an opaque userinfo token without an audience', async () => {
    const session = await login(tenant);
    expect(session.access_token.split('.')).toHaveLength(1);
    const response = await fetch(`${tenant.issuer}userinfo`, {
      headers: { authorization: `Bearer ${session.access_token}` },
    });
    expect(await json(response)).toMatchObject({ sub: 'auth0|alice', email: 'alice@example.com' });
  });

  it('of an API open userinfo only with openid among their scopes', async () => {
    const { refresh_token: refreshToken } = await login(tenant);
    for (const [scope, status] of [
      ['openid read:events', 200],
      ['read:events', 401],
    ] as const) {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        audience: 'https://api.example.com',
        scope,
      };
      const { body } = await token(tenant, form);
      const authorization = `Bearer ${String(body.access_token)}`;
      const answer = await fetch(`${tenant.issuer}userinfo`, { headers: { authorization } });
      expect(answer.status).toBe(status);
    }
  });

  it('publishes rotated keys beside the ones before, unless told otherwise', async () => {
    const own = await startLocalTenant();
    const kids = async () => {
      const { keys } = await json(await fetch(`${own.issuer}.well-known/jwks.json`));
      return Array.isArray(keys) ? keys.map((key: { kid: string }) => key.kid) : [];
    };
    const [before] = await kids();
    const session = await login(own);
    const { kid } = await own.control.signingKeys.rotate();
    expect((await kids()).toSorted()).toEqual([before, kid].toSorted());
    const { body } = await token(own, { grant_type: 'refresh_token', refresh_token: session.refresh_token });
    const header = JSON.parse(Buffer.from(String(body.id_token).split('.')[0] ?? '', 'base64url').toString());
    expect(header).toMatchObject({ kid, alg: 'RS256' });
    const { kid: last } = await own.control.signingKeys.rotate({ keepPrevious: false });
    expect(await kids()).toEqual([last]);
    await own.stop();
  });

  it('puts scripted claims into ID tokens', async () => {
    const own = await startLocalTenant();
    own.control.idTokenClaims('auth0|alice', { session_expiry: 1_900_000_000, 'https://example.com/roles': ['a'] });
    expect(decodeJwt((await login(own)).id_token)).toMatchObject({
      session_expiry: 1_900_000_000,
      'https://example.com/roles': ['a'],
    });
    expect(decodeJwt((await login(own, { user: 'auth0|bob' })).id_token)).not.toHaveProperty('session_expiry');
    await own.stop();
  });
});
