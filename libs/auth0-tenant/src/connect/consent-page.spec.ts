import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalTenant, type LocalTenant } from '../index.js';
import { Browser } from '../testing/browser.js';
import { consent, login, myAccountToken, startConnect } from '../testing/flows.js';

describe('the consent page', () => {
  let tenant: LocalTenant;
  let accessToken: string;
  beforeAll(async () => {
    tenant = await startLocalTenant();
    const { refresh_token: refreshToken } = await login(tenant);
    accessToken = await myAccountToken(tenant, refreshToken);
  });
  afterAll(async () => tenant.stop());

  it('shows the accounts, preselects by login_hint and ticks every scope', async () => {
    const { connectUrl } = await startConnect(tenant, accessToken, {
      authorization_params: { login_hint: 'alice@work.example' },
    });
    const html = await (await fetch(connectUrl)).text();
    expect(html).toContain('alice@gmail.example');
    expect(html).toMatch(/value="1000000000000000002"\s+checked/);
    expect(html.match(/name="scopes"[^>]*checked/g)).toHaveLength(2);
  });

  it('comes back with state and error when the user cancels, and the ticket is used up', async () => {
    const { connectUrl } = await startConnect(tenant, accessToken);
    const back = await consent(connectUrl, [['action', 'cancel']]);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'connect-state',
    });
    expect((await fetch(connectUrl)).status).toBe(400);
  });

  it('takes a ticket once, in time, and only a known one', async () => {
    const { connectUrl } = await startConnect(tenant, accessToken);
    expect((await fetch(connectUrl)).status).toBe(200);
    await consent(connectUrl, [
      ['account', 'alice@gmail.example'],
      ['action', 'approve'],
    ]);
    expect((await fetch(connectUrl)).status).toBe(400);
    tenant.control.setTokenLifetimes({ ticket: 1 });
    const { connectUrl: late } = await startConnect(tenant, accessToken);
    tenant.control.setTokenLifetimes({ ticket: 300 });
    const { now } = Date;
    Date.now = () => now() + 2000;
    expect((await fetch(late)).status).toBe(400);
    Date.now = now;
    late.searchParams.delete('ticket');
    expect((await fetch(late)).status).toBe(400);
  });

  it('is not for a browser on which somebody else is logged in', async () => {
    const browser = new Browser();
    await login(tenant, { browser, user: 'auth0|bob' });
    const { connectUrl } = await startConnect(tenant, accessToken);
    expect((await browser.get(connectUrl)).status).toBe(403);
    expect((await fetch(connectUrl)).status).toBe(200);
  });
});
