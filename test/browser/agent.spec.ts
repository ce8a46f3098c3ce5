/** A conversation with the sample app's agent: it asks for accounts in the middle of it, and goes on. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { overflow, SampleInBrowser, stopAtTheFirstFailure } from './sample-in-browser.js';

const executablePath = inject('services').chromium;

describe.skipIf(executablePath === undefined)('the agent in a browser', () => {
  let sample: SampleInBrowser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    sample = await SampleInBrowser.start('express', executablePath);
    ({ page, url } = sample);
  }, 60_000);

  afterAll(() => sample?.stop());
  stopAtTheFirstFailure();

  const log = () => page.getByRole('log');
  const card = (text: RegExp) => page.locator('.connect').filter({ hasText: text });
  /** In the window that the press opens; it closes itself when it is done. */
  const inWindow = async (press: string, answer: 'Approve' | 'Cancel'): Promise<void> => {
    const [beside] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: press }).click()]);
    await beside.getByRole('button', { name: answer }).click();
  };

  it('asks for a login first, and says what it can do', async () => {
    await page.goto(`${url}/agent`);
    await sample.logIn('Alice');
    await sample.heading('Agent').waitFor();
    expect(await log().textContent()).toContain('Hello Alice');
    await sample.picture('30-agent');
  });

  it('asks for an account in the middle of the conversation, and goes on when it is connected', async () => {
    await page.getByRole('button', { name: 'What does my day look like?' }).click();
    await card(/I need your Google account/).waitFor();
    await sample.picture('31-agent-asks-to-connect');
    await inWindow('Connect Google', 'Approve');

    await log().getByText('Google is connected').waitFor();
    await card(/I need your GitHub account/).waitFor();
    expect(await log().textContent()).toContain('Looked at Google');
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await sample.picture(`31-agent-goes-on-${colorScheme}`);
    }
  });

  it('goes on without an account that the person does not want to connect', async () => {
    await inWindow('Connect GitHub', 'Cancel');
    await log().getByText('GitHub was not connected').waitFor();
    await card(/I need your Slack account/).waitFor();
    await page.getByRole('button', { name: 'Not now' }).click();

    await log().getByText('Next in your calendar:').waitFor();
    expect(await log().textContent()).toContain('I could not look at Slack');
  });

  it('does not ask again for what is connected', async () => {
    await page.getByRole('textbox', { name: 'Your message' }).fill('What is in my calendar, and in Slack?');
    await page.getByRole('button', { name: 'Send' }).click();
    await card(/I need your Slack account/).waitFor();
    await inWindow('Connect Slack', 'Approve');
    await log().getByText('In Slack you are in #general').waitFor();
    expect(await page.getByRole('button', { name: 'Send' }).isEnabled(), 'for the next message').toBe(true);
    expect(await page.locator('.connect').count()).toBe(0);
    await sample.picture('32-agent-answers');
  });

  it('is good for everybody: axe finds nothing, in the light and in the dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(async () => (globalThis as unknown as { axe: typeof axe }).axe.run());
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
    await sample.picture('33-agent-dark');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('is the same on a phone, with nothing cut off', async () => {
    const small = await sample.phone();
    await small.goto(`${url}/agent`);
    await small.getByRole('button', { name: 'Which repositories did I work on?' }).click();
    await small.locator('.connect').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await small.emulateMedia({ colorScheme });
      await sample.picture(`34-phone-agent-${colorScheme}`, small);
    }
    expect((await overflow(small)).x, 'wider than the phone by').toBe(0);
    await small.context().close();
  });
});
