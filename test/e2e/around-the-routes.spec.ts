import { RouterModule } from '@nestjs/core';
import { Auth0ConnectModule } from 'nestjs-auth0-connect';
import { describe, expect, it } from 'vitest';
import { Person, type Answer } from '../support/person.js';
import { adapters, CLIENT, TestApp, type TestAppOptions } from '../support/test-app.js';

async function withApp(options: TestAppOptions, work: (test: TestApp) => Promise<void>): Promise<void> {
  const test = await TestApp.start('Express', options);
  try {
    await work(test);
  } finally {
    await test.stop();
  }
}

function post(test: TestApp, body: string, type = 'application/x-www-form-urlencoded'): Promise<Answer> {
  const headers = { 'content-type': type };
  return new Person().request(test.at('/auth/backchannel-logout'), { method: 'POST', headers, body });
}

describe('an application without a body parser, on Express', () => {
  it('still hears of a logout at Auth0', () =>
    withApp({ nest: { bodyParser: false } }, async (test) => {
      const person = await test.logIn('auth0|alice');
      const token = await test.control.logoutToken({ aud: CLIENT.clientId, sub: 'auth0|alice' });
      expect((await post(test, `logout_token=${token}`)).status).toBe(200);
      expect((await person.request(test.at('/auth/profile'))).status).toBe(401);
    }));

  it.each([
    ['nothing', '', undefined],
    ['JSON', '{"logout_token":"x"}', 'application/json'],
    ['a form of more than any logout token', `logout_token=${'x'.repeat(70_000)}`, undefined],
    ['a form of something else', 'token=x', undefined],
  ])('refuses %s', (_, body, type) =>
    withApp({ nest: { bodyParser: false } }, async (test) => {
      const answer = await post(test, body, type);
      expect([answer.status, answer.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_request' })]);
    }),
  );
});

describe.each(adapters)('RouterModule, on %s', (adapter) => {
  it('is told at start-up that it cannot move addresses that Auth0 knows, and what to write', async () => {
    const imports = [RouterModule.register([{ path: 'admin', module: Auth0ConnectModule }])];
    await expect(TestApp.start(adapter, { imports })).rejects.toThrow(
      /below "\/admin".*routes: \{ prefix: 'admin\/auth' \}/,
    );
  });
});
