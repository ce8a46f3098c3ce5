import { request } from 'node:https';
import { describe, expect, it } from 'vitest';
import { startLocalTenant } from '../index.js';
import { authorizeUrl } from '../testing/flows.js';

describe('the cookie of a session', () => {
  it('is sent within the site alone over HTTP, which lets no cookie cross', async () => {
    await using tenant = await startLocalTenant();
    const { cookies } = await tenant.control.loginAs({ userId: 'auth0|alice' });
    const answer = await fetch(authorizeUrl(tenant, { prompt: 'none' }), {
      redirect: 'manual',
      headers: { cookie: headerOf(cookies) },
    });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^auth0=.*samesite=lax; httponly/);
    expect(cookies[0]).toMatchObject({ sameSite: 'Lax', secure: false });
  });

  it('crosses sites over HTTPS, so that silent logins of an application at http://localhost find it', async () => {
    await using tenant = await startLocalTenant({ tls: true });
    const { cookies } = await tenant.control.loginAs({ userId: 'auth0|alice' });
    const setCookie = await new Promise<string[]>((resolve, reject) => {
      const headers = { cookie: headerOf(cookies) };
      const sent = request(authorizeUrl(tenant, { prompt: 'none' }), { ca: tenant.certificateAuthority, headers });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.headers['set-cookie'] ?? []);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(setCookie[0]).toMatch(/^auth0=.*samesite=none; secure; httponly/);
    expect(cookies[0]).toMatchObject({ sameSite: 'None', secure: true });
  });
});

function headerOf(cookies: { name: string; value: string }[]): string {
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}
