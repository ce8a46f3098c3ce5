import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';

const APP = 'http://localhost:3000';

describe('browser applications', () => {
  let tenant: LocalTenant;
  let opaque: string;
  let jwt: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    const login = { userId: 'auth0|alice', clientId: 'local-spa' };
    ({ access_token: opaque } = await tenant.control.loginAs(login));
    ({ access_token: jwt } = await tenant.control.loginAs({ ...login, audience: 'https://api.example.com' }));
  });
  afterAll(async () => tenant.stop());

  const allowed = async (path: string, origin: string, token: string): Promise<string | null> => {
    const answer = await fetch(`${tenant.issuer}${path}`, { headers: { origin, authorization: `Bearer ${token}` } });
    return answer.headers.get('access-control-allow-origin');
  };

  it('of an Allowed Web Origin may read userinfo, with either kind of token, and My Account', async () => {
    expect(await allowed('userinfo', APP, opaque)).toBe(APP);
    expect(await allowed('userinfo', APP, jwt)).toBe(APP);
    expect(await allowed('me/v1/connected-accounts/accounts', APP, jwt)).toBe(APP);
  });

  it('of other origins may not', async () => {
    for (const [path, token] of [
      ['userinfo', opaque],
      ['userinfo', jwt],
      ['me/v1/connected-accounts/accounts', jwt],
    ] as const) {
      expect(await allowed(path, 'http://evil.example', token)).toBeNull();
    }
  });
});
