import { Injectable, SetMetadata, UseInterceptors, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { SkipThrottle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { ConfigurationError, type RouteName } from 'nestjs-auth0-connect';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoggedIn, NAVIGATION, SCRIPT } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, TestApp, type TestAppOptions } from '../support/test-app.js';

/** As many applications have it: shut, but for what is marked. */
@Injectable()
class ShutGuard implements CanActivate {
  private readonly reflector = new Reflector();

  canActivate(context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride<boolean>('isPublic', [context.getHandler(), context.getClass()]) ?? false;
  }
}

const open = SetMetadata('isPublic', true);
type Decorators = Exclude<NonNullable<NonNullable<TestAppOptions['options']>['routes']>, false>['decorators'];

const ROUTES: [RouteName, string, string, number][] = [
  ['login', 'GET', '/auth/login', 302],
  ['callback', 'GET', '/auth/callback?state=x', 302],
  ['connectCallback', 'GET', '/auth/connected?state=x', 302],
  ['logout', 'POST', '/auth/logout', 302],
  ['backchannelLogout', 'POST', '/auth/backchannel-logout', 400],
  ['profile', 'GET', '/auth/profile', 401],
  ['connect', 'GET', '/auth/connect/github', 401],
  ['link', 'GET', '/auth/link/unknown', 404],
  ['close', 'GET', '/auth/close', 200],
  ['accounts', 'GET', '/auth/accounts', 401],
  ['connections', 'GET', '/auth/connections', 401],
  ['protectedResource', 'GET', '/.well-known/oauth-protected-resource', 200],
];

/** The status of each route, for a stranger. */
async function statuses(app: TestApp): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  for (const [name, method, path] of ROUTES) {
    const headers = method === 'GET' ? NAVIGATION : SCRIPT;
    answers[name] = (await new Person().request(app.at(path), { method, headers })).status;
  }
  return answers;
}

function all(status: (name: RouteName, opened: number) => number): Record<string, number> {
  return Object.fromEntries(ROUTES.map(([name, , , opened]) => [name, status(name, opened)]));
}

describe.each(adapters)("the application's own decorators on our routes on %s", (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  const start = async (decorators: Decorators, given: TestAppOptions = {}): Promise<TestApp> =>
    (test = await TestApp.start(adapter, {
      providers: [{ provide: APP_GUARD, useClass: ShutGuard }],
      ...given,
      options: { apiAudience: API_AUDIENCE, routes: { connectCallback: 'connected', decorators } },
    }));

  it('are none by default: a guard of its own shuts them, which shows that the next tests are right', async () => {
    expect(await statuses(await start(undefined))).toEqual(all(() => 403));
  });

  it('open all of them for a guard of its own', async () => {
    expect(await statuses(await start([open]))).toEqual(all((_name, opened) => opened));
  });

  it('open those that a function names', async () => {
    const app = await start((route) => (['login', 'callback'].includes(route) ? [open] : []));
    expect(await statuses(app)).toEqual(all((name, opened) => (['login', 'callback'].includes(name) ? opened : 403)));
    const person = await app.logIn().catch(() => undefined);
    expect(person, 'the page after the login is shut, not the login').toBeDefined();
  });

  it('are asked for with the name of each route that is on, and applied in turn', async () => {
    const names: RouteName[] = [];
    const marks = [SetMetadata('isPublic', false), SetMetadata('isPublic', true)];
    const app = await start((route) => {
      names.push(route);
      return marks;
    });
    expect(names.toSorted()).toEqual(ROUTES.map(([name]) => name).toSorted());
    expect(await statuses(app)).toEqual(all((_name, opened) => opened));
  });

  it('may bring interceptors, as a throttler or a log of its own', async () => {
    const seen: string[] = [];
    const log = UseInterceptors({
      intercept: (context, next) => {
        seen.push(context.getHandler().name);
        return next.handle();
      },
    });
    const app = await start([log], { providers: [] });
    const person = await app.logIn();
    expect(seen).toEqual(['login', 'callback']);
    expect(await isLoggedIn(app, person)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['text', 'x'],
    ['an object', {}],
    ['null', null],
    ['a list of something else', ['x']],
    ['a list with nothing in it', [undefined]],
    ['a function that gives something else', () => 'x'],
    ['a function that gives nothing', () => undefined],
    ['a function that gives a list of something else', () => [7]],
  ])('are looked at when the application starts: not %s', async (_what, decorators) => {
    const error = await start(decorators as Decorators).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toEqual([expect.stringMatching(/^routes.decorators /)]);
  });

  it("keep Auth0's logout tokens out of a throttler for all routes, which goes on counting everything else", async () => {
    const app = await start((route) => (route === 'backchannelLogout' ? [SkipThrottle()] : []), {
      imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 2 }])],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    });
    const ask = async (method: string, path: string): Promise<number> =>
      (await new Person().request(app.at(path), { method, headers: SCRIPT })).status;
    const four = async (method: string, path: string): Promise<number[]> => [
      await ask(method, path),
      await ask(method, path),
      await ask(method, path),
      await ask(method, path),
    ];
    expect(await four('GET', '/auth/profile')).toEqual([401, 401, 429, 429]);
    expect(await four('POST', '/auth/backchannel-logout')).toEqual([400, 400, 400, 400]);
  });
});
