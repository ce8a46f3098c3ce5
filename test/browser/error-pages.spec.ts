/** What a person sees where something does not work, in a real browser: still the same app, and a way on. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PROVIDER_URLS, type ProviderUrls } from '../../src/providers/provider-urls.js';
import { faultsOf } from './page-faults.js';
import { SampleInBrowser, stopAtTheFirstFailure } from './sample-in-browser.js';

const executablePath = inject('services').chromium;

describe.skipIf(executablePath === undefined).each(['express', 'fastify'])('a page of an error on %s', (adapter) => {
  let sample: SampleInBrowser;
  let page: Page;
  let url: string;
  /** Another application at the same host: a browser sends it the same cookies. */
  const elsewhere = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="${url}/accounts/cac_1/disconnect"><button>Win a prize</button></form>`);
  });

  beforeAll(async () => {
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    sample = await SampleInBrowser.start(adapter, executablePath);
    ({ page, url } = sample);
  }, 60_000);

  afterAll(async () => {
    await sample?.stop();
    elsewhere.close();
  });
  stopAtTheFirstFailure();

  const name = () => page.getByRole('banner').locator('.who-name').filter({ hasText: 'Alice' });
  const navigation = () => page.getByRole('navigation');

  it('offers the login to somebody who is not logged in', async () => {
    await page.goto(`${url}/nowhere`);
    await sample.heading('Nothing here').waitFor();
    expect(await page.getByRole('banner').getByRole('link', { name: 'Log in' }).isVisible()).toBe(true);
    expect(await navigation().count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('shows who is logged in where there is no page', async () => {
    await page.goto(`${url}/auth/login`);
    await sample.logIn('Alice');
    await name().waitFor();
    await page.goto(`${url}/nowhere`);
    await sample.heading('Nothing here').waitFor();
    expect([await name().isVisible(), await navigation().isVisible()]).toEqual([true, true]);
    expect(await faultsOf(page)).toEqual([]);
    await sample.picture('40-nothing-here');
  });

  it('shows who is logged in where a request was refused that another site had sent', async () => {
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://localhost:${port}`);
    await page.getByRole('button').click();
    await sample.heading('Not allowed').waitFor();
    expect([await name().isVisible(), await navigation().isVisible()]).toEqual([true, true]);
    await sample.picture('41-not-allowed');
  });

  it('shows who is logged in where a provider gives no usable answer', async () => {
    sample.tenant.control.connectAccount('auth0|alice', 'github', { scopes: ['public_repo'] });
    const { port } = elsewhere.address() as AddressInfo;
    sample.app.get<ProviderUrls>(PROVIDER_URLS).github = `http://localhost:${port}`;
    expect((await page.goto(`${url}/repositories`))?.status()).toBe(502);
    expect([await name().isVisible(), await navigation().isVisible()]).toEqual([true, true]);
    await page.getByRole('link', { name: 'Try again' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    sample.complaints.length = 0;
    await sample.picture('42-no-usable-answer');
  });

  it('stays the error that it is while the database is away, without the name', async () => {
    await sample.app.get(DataSource).destroy();
    const answer = await page.goto(`${url}/nowhere`);
    expect(answer?.status()).toBe(404);
    await sample.heading('Nothing here').waitFor();
    expect([await name().count(), await navigation().isVisible()]).toEqual([0, true]);

    expect((await page.goto(`${url}/accounts`))?.status()).toBe(503);
    await page.getByRole('link', { name: 'Try again' }).waitFor();
    expect(await page.getByRole('main').textContent()).toContain('Nothing is lost. Try again in a moment.');
    expect(await faultsOf(page)).toEqual([]);
    sample.complaints.length = 0;
    await sample.picture('43-database-away');
  });
});
