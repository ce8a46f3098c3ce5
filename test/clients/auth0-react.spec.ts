import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle, logIn, startSpa, type Spa } from './support/browser.js';
import { API, ORDERS } from './support/tenant.js';

describe('@auth0/auth0-react', () => {
  let spa: Spa;
  let page: Page;
  beforeAll(async () => {
    spa = await startSpa(await bundle('react-app.tsx'));
  });
  afterAll(async () => spa.stop());
  beforeEach(async () => {
    page = await spa.newPage();
    spa.tenant.control.resetCounts();
  });

  const open = async (refresh: 'yes' | 'no' = 'no'): Promise<void> => {
    const settings = { domain: spa.tenant.domain, clientId: spa.clientId, audience: API, otherAudience: ORDERS };
    await page.addInitScript(
      ([text, how]) => {
        localStorage.setItem('settings', text);
        localStorage.setItem('refresh', how);
      },
      [JSON.stringify(settings), refresh] as const,
    );
    await page.goto(spa.url);
  };
  const click = async (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const heading = async (name: string): Promise<void> => page.getByRole('heading', { name }).waitFor();
  const said = async (): Promise<string> => {
    const output = page.locator('output');
    await output.filter({ hasText: /./ }).waitFor();
    return (await output.textContent()) ?? '';
  };
  const login = async (): Promise<void> => {
    await click('Log in');
    await logIn(page);
    await heading('Hello Alice Example');
  };

  it('logs in by redirect and renews its token in an iframe', async () => {
    await open();
    await login();
    await click('Token');
    expect(decodeJwt(JSON.parse(await said()) as string)).toMatchObject({ sub: 'auth0|alice', azp: 'spa' });
    expect(spa.tenant.control.count('code')).toBe(2);
  });

  it('logs in with a popup', async () => {
    await open();
    const popupOpens = page.waitForEvent('popup');
    await click('Log in with a popup');
    await logIn(await popupOpens, 'Carol');
    await heading('Hello Carol Example');
    expect(spa.tenant.control.count('code')).toBe(1);
  });

  it('refreshes, for another API too (MRRT)', async () => {
    await open('yes');
    await login();
    await click('Other token');
    expect([decodeJwt(JSON.parse(await said()) as string).aud].flat()).toContain(ORDERS);
    expect(spa.tenant.control.count('refresh')).toBe(1);
  });

  it('connects an account', async () => {
    await open('yes');
    await login();
    await click('Connect');
    await page.getByRole('button', { name: 'Approve' }).click();
    await heading('Hello Alice Example');
    expect(await page.evaluate(() => localStorage.getItem('connected'))).toBe('github');
    expect(spa.tenant.control.accounts('auth0|alice')).toMatchObject([{ connection: 'github', scopes: ['repo'] }]);
  });

  it('logs out, here and at the tenant', async () => {
    await open();
    await login();
    await click('Log out');
    await heading('Nobody');
    await click('Token');
    expect(await said()).toBe('error: Login required');
  });
});
