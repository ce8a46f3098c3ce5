import { Controller, Get } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConnectedToken, CurrentUser, Public, type UserClaims } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person } from '../support/person.js';
import { TestApp, type AdapterName } from '../support/test-app.js';

const BOTH = ['Express', 'Fastify'] as const;

/** No guard stands in front. */
@Controller('unguarded')
class UnguardedController {
  @Get()
  hello(@CurrentUser() user: UserClaims): { name: unknown } {
    return { name: user.name };
  }

  @Get('public')
  @Public()
  greet(@CurrentUser() user: UserClaims | null): { name: unknown } {
    return { name: user?.name ?? 'stranger' };
  }

  @Get('token')
  token(@ConnectedToken('google-oauth2') token: string): { token: string } {
    return { token };
  }
}

describe('parameters of a handler without a guard, the controller being in two applications of one process', () => {
  const tests = new Map<AdapterName, TestApp>();
  const testOf = (adapter: AdapterName): TestApp => tests.get(adapter)!;

  beforeAll(async () => {
    for (const adapter of BOTH)
      tests.set(adapter, await TestApp.start(adapter, { controllers: [UnguardedController] }));
  });
  afterAll(async () => {
    for (const test of tests.values()) await test.stop();
  });

  it.each([
    ['Express', 'Fastify'],
    ['Fastify', 'Express'],
  ] as const)('are found by the one that was asked: a login at %s is none at %s', async (adapter, another) => {
    const [test, other] = [testOf(adapter), testOf(another)];
    const alice = await test.logIn();
    expect((await alice.request(test.at('/unguarded'))).json()).toEqual({ name: 'Alice Example' });
    expect((await alice.request(test.at('/unguarded/public'))).json()).toEqual({ name: 'Alice Example' });
    expect((await alice.request(other.at('/unguarded/public'))).json()).toEqual({ name: 'stranger' });
    expect((await alice.request(other.at('/unguarded'))).status).toBe(401);
  });

  it.each(BOTH)('are a 401 with the way to log in for a stranger at %s', async (adapter) => {
    const answer = await new Person().request(testOf(adapter).at('/unguarded/token'));
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({
      errorCode: 'login_required',
      loginUrl: expect.stringContaining('/auth/login'),
    });
  });

  it("are found for a request that Fastify injects, which has no socket of a server's", async () => {
    const app = testOf('Fastify').app as NestFastifyApplication;
    const answer = await app.inject({ method: 'GET', url: '/unguarded/public' });
    expect(answer.json()).toEqual({ name: 'stranger' });
  });
});

describe('a request that shows another application than the one whose guard lets it in', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await startApiApp('Express', {
      controllers: [UnguardedController],
      configure: (app) =>
        app.use((request: { app: object }, _response: unknown, next: () => void) => {
          Object.defineProperty(request, 'app', { value: Object.create(request.app) });
          next();
        }),
    });
  });
  afterAll(() => test?.stop());

  it('has its parameters from the application of the session guard', async () => {
    const alice = await test.logIn();
    expect((await alice.request(test.at('/pages/private'))).json()).toEqual({ sub: 'auth0|alice' });
    expect((await alice.request(test.at('/mixed'))).json()).toMatchObject({ subject: 'session auth0|alice' });
  });

  it('has its parameters from the application of the access token guard', async () => {
    const headers = bearer(await mintAccessToken(test));
    const answer = await new Person().request(test.at('/api/me'), { headers });
    expect(answer.json()).toMatchObject({ subject: 'caller auth0|alice' });
  });

  it('has them without a guard too: what inherits from the app of an application shows that application', async () => {
    const alice = await test.logIn();
    expect((await alice.request(test.at('/unguarded'))).status).toBe(200);
  });
});
