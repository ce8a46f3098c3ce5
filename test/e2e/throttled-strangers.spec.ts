import { APP_GUARD } from '@nestjs/core';
import { Throttle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import type { RequestKind } from 'auth0-local-tenant';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NAVIGATION } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const LIMIT = 5;

/** The recipe of docs/security.md. */
describe.each(adapters)('a limit by @nestjs/throttler on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 1000 }])],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
      options: {
        pushedAuthorizationRequests: true,
        routes: {
          decorators: (route) => (route === 'login' ? [Throttle({ default: { ttl: 60_000, limit: LIMIT } })] : []),
        },
      },
    });
  });
  afterAll(() => test?.stop());

  it('bounds the rows and the calls of Auth0 that logins of strangers cost, and nothing else', async () => {
    test.control.resetCounts();
    const answers: Answer[] = [];
    for (let count = 0; count < LIMIT + 3; count += 1) {
      answers.push(await new Person().request(test.at('/auth/login'), { headers: NAVIGATION }));
    }
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(LIMIT).fill(302), 429, 429, 429]);
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await test.database.query('SELECT id FROM auth0_connect_transactions')).toHaveLength(LIMIT);
    expect(test.control.count('par')).toBe(LIMIT);
    expect((await new Person().request(test.at('/calendar/open'))).status).toBe(200);
    expect((await new Person().request(test.at('/auth/profile'))).status).toBe(401);
  });
});

/** What one request of a stranger makes us ask of Auth0, once the application has read what Auth0 publishes. */
describe.each(adapters)('what one request of a stranger costs Auth0, on %s', (adapter) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { apiAudience: 'https://api.example.com' } });
    await test.logIn();
    await post('/auth/backchannel-logout', await forgedToken('any'));
  });
  afterAll(() => test?.stop());
  let before: number;
  beforeEach(() => (before = test.control.requests.length));

  const forgedToken = async (kid: string): Promise<string> => {
    const [, payload, signature] = (await test.control.logoutToken({ aud: 'test-client', sid: 'x' })).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'logout+jwt', kid })).toString('base64url');
    return `${header}.${payload}.${signature}`;
  };
  const post = (path: string, token: string): Promise<Answer> =>
    new Person().request(test.at(path), { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
  const asked = (): RequestKind[] => test.control.requests.slice(before).map(({ kind }) => kind);

  it.each(['/auth/login', '/auth/callback?state=a&code=b', '/auth/logout', '/auth/profile', '/auth/connect/github'])(
    'is nothing at %s',
    async (path) => {
      await new Person().request(test.at(path), { headers: NAVIGATION });
      expect(asked()).toEqual([]);
    },
  );

  it('is nothing by tokens that are made up, whose keys are asked for no more than every 30 seconds', async () => {
    for (let count = 0; count < 20; count += 1) {
      const answer = await post('/auth/backchannel-logout', await forgedToken(`made up ${count}`));
      expect(answer.status).toBe(503);
    }
    expect(asked()).toEqual([]);
  });
});
