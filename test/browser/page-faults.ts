import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { overflow } from './sample-in-browser.js';

/** What axe, or the width of the window, finds wrong with a page. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const { x } = await overflow(page);
  return [
    ...violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map(({ html }) => html).join()}`),
    ...(x > 0 ? [`${page.url()} is wider than the window by ${x}`] : []),
  ];
}
