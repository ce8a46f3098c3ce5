/** The recipes of the tenant's README for test runners: each runs there what it shows. */
import { startLocalTenant } from 'auth0-local-tenant';
import { describe, expect, inject, it } from 'vitest';
import { Person } from '../support/person.js';
import { freePort, Recipe, run, TENANT } from './recipes/recipe.js';
import { runCypressSupport } from './recipes/cypress.js';

const bin = (path: string): string => new URL(path, import.meta.url).pathname;
const CONTROL_SECRET = 'a-secret-of-the-test-run';

describe('the recipe for', () => {
  it('Vitest passes', async () => {
    const recipe = new Recipe('vitest');
    recipe.shown('vitest.spec.js');
    recipe.written('vitest.config.js', 'export default {};');
    const vitest = bin('../../node_modules/vitest/vitest.mjs');
    expect(await run([vitest, 'run', '--root', recipe.folder], recipe.folder).ended).toMatch(/1 passed/);
  });

  it('Jest passes, in its default mode', async () => {
    const recipe = new Recipe('jest');
    recipe.shown('jest.spec.js');
    recipe.written('package.json', '{}');
    const jest = bin('node_modules/jest/bin/jest.js');
    expect(await run([jest, '--rootDir', recipe.folder], recipe.folder).ended).toMatch(/Tests: +1 passed, 1 total/);
  });

  it('Playwright passes, with the tenant that its runner starts', async () => {
    const recipe = new Recipe('playwright');
    const port = await freePort();
    const elsewhere = { 'http://localhost:4477': `http://localhost:${port}` };
    recipe.shown('playwright.spec.mjs', elsewhere);
    recipe.shown('playwright.config.mjs', {
      ...elsewhere,
      'npx auth0-local-tenant': `${process.execPath} ${TENANT} --port ${port}`,
    });
    const launchOptions = { executablePath: inject('chromium'), args: ['--no-sandbox'] };
    const config = `import config from './playwright.config.mjs';
export default { ...config, use: { launchOptions: ${JSON.stringify(launchOptions)} }, reporter: 'list' };
`;
    recipe.written('here.config.mjs', config);
    const playwright = bin('node_modules/@playwright/test/cli.js');
    const { ended } = run([playwright, 'test', '--config', 'here.config.mjs'], recipe.folder);
    expect(await ended).toMatch(/1 passed/);
  }, 60_000);

  it('Cypress does what it says, with cy played by this test', async () => {
    await using tenant = await startLocalTenant({ controlApi: { secret: CONTROL_SECRET } });
    const elsewhere = { 'http://localhost:4477': tenant.domain };
    const file = new Recipe('cypress').shown('cypress.support.js', elsewhere);
    const { cy, beforeEachTest, cookies } = runCypressSupport(file, { CONTROL_SECRET });

    tenant.control.addUser({ userId: 'auth0|dora', name: 'Dora Test', email: 'dora@example.com' });
    await cy.loginAs('auth0|dora');
    const person = new Person();
    for (const { name, value } of cookies) person.plantCookie(tenant.domain, name, value);
    const asked = await person.open(`${tenant.domain}/oidc/logout?client_id=local-client`);
    expect(asked.text).toContain('Dora Test');

    await beforeEachTest();
    const gone = await person.open(`${tenant.domain}/oidc/logout?client_id=local-client`);
    expect(gone.text).not.toContain('Dora Test');
    await expect(cy.loginAs('auth0|dora')).rejects.toThrow('400');
  });
});
