import { TOKEN_VAULT_GRANT, type LocalTenant } from 'auth0-local-tenant';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { logIn } from './support/at-the-tenant.js';
import { API, ORDERS, startTenant, WEB } from './support/tenant.js';

const CALLBACK = 'http://localhost:3000/callback';

describe('openid-client', () => {
  let tenant: LocalTenant;
  let web: openid.Configuration;
  let spa: openid.Configuration;
  beforeAll(async () => {
    tenant = await startTenant();
    tenant.addClient({ ...WEB, redirectUris: [CALLBACK], logoutUrls: ['http://localhost:3000'] });
    tenant.addClient({ clientId: 'spa', redirectUris: [CALLBACK] });
    const issuer = new URL(tenant.issuer);
    web = await openid.discovery(issuer, WEB.clientId, undefined, openid.ClientSecretPost(WEB.clientSecret));
    spa = await openid.discovery(issuer, 'spa', undefined, openid.None());
  });
  afterAll(async () => tenant.stop());

  it('logs in, pushed and not, and refreshes for two APIs', async () => {
    for (const push of [false, true]) {
      const tokens = await login(web, { push });
      expect(tokens.claims()).toMatchObject({ sub: 'auth0|alice', iss: tenant.issuer });
      expect(await openid.fetchUserInfo(web, tokens.access_token, 'auth0|alice')).toMatchObject({ nickname: 'alice' });
      const refreshed = await openid.refreshTokenGrant(web, tokens.refresh_token ?? '');
      expect(refreshed.claims()?.sub).toBe('auth0|alice');
      const other = await openid.refreshTokenGrant(web, tokens.refresh_token ?? '', { audience: ORDERS });
      expect(decodeJwt(other.access_token).aud).toContain(ORDERS);
    }
  });

  it.each(['confidential', 'public'])('logs in a %s client with DPoP, asks userinfo and refreshes', async (kind) => {
    const config = kind === 'public' ? spa : web;
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair());
    const tokens = await login(config, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    const claims = await openid.fetchUserInfo(config, tokens.access_token, 'auth0|alice', { DPoP });
    expect(claims).toMatchObject({ nickname: 'alice' });
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', {}, { DPoP });
    expect(decodeJwt(refreshed.access_token).cnf).toEqual(decodeJwt(tokens.access_token).cnf);
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair());
    await expect(
      openid.refreshTokenGrant(config, tokens.refresh_token ?? '', {}, { DPoP: other }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('exchanges at the vault, revokes and logs out', async () => {
    tenant.control.connectAccount('auth0|alice', 'slack');
    const { refresh_token: refreshToken = '', id_token: idToken = '' } = await login(web);
    const { access_token: token, scope } = await openid.genericGrantRequest(web, TOKEN_VAULT_GRANT, {
      subject_token: refreshToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'slack',
    });
    expect(token).toMatch(/^slack_/);
    expect(scope).toBe('channels:read,users:read');
    await openid.tokenRevocation(web, refreshToken);
    await expect(openid.refreshTokenGrant(web, refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' });
    const url = openid.buildEndSessionUrl(web, {
      id_token_hint: idToken,
      post_logout_redirect_uri: 'http://localhost:3000',
    });
    expect((await new Person().open(url, { until: 'http://localhost:3000' })).location).toBe('http://localhost:3000/');
  });
});

/** Logs in Alice. */
async function login(
  config: openid.Configuration,
  { push = false, DPoP }: { push?: boolean; DPoP?: openid.DPoPHandle } = {},
) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
  const parameters = {
    redirect_uri: CALLBACK,
    scope: 'openid profile offline_access read:events',
    audience: API,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  };
  const url = push
    ? await openid.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    : openid.buildAuthorizationUrl(config, parameters);
  const person = new Person();
  const callback = await logIn(person, await person.open(url), CALLBACK);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce };
  return openid.authorizationCodeGrant(config, new URL(callback), checks, undefined, { DPoP });
}
