import {
  ClassSerializerInterceptor,
  Injectable,
  Module,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoggedIn, NAVIGATION, NAVIGATION_FROM_ELSEWHERE, pendingConnect, pendingLogin } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** As many applications have it. What it gives looks like what `@Redirect` takes. */
class EnvelopeWithStatus implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ statusCode: 200, message: 'OK', url: '/elsewhere', data })));
  }
}

@Module({ imports: [CacheModule.register({ ttl: 60_000 })], providers: [CacheInterceptor, Envelope] })
class CachingModule {}

const caching = (app: INestApplication): NestInterceptor => app.get(CacheInterceptor, { strict: false });
const excluding = (app: INestApplication): NestInterceptor =>
  new ClassSerializerInterceptor(app.get(Reflector), { strategy: 'excludeAll' });

const around: [string, (app: INestApplication) => NestInterceptor[]][] = [
  ['one that wraps what handlers return', () => [new Envelope()]],
  ['one that wraps it and says a status and an address', () => [new EnvelopeWithStatus()]],
  ['a serializer that excludes everything', (app) => [excluding(app)]],
  ['a cache', (app) => [caching(app)]],
  ['a cache around one that wraps', (app) => [caching(app), new Envelope()]],
  ['a cache within one that wraps', (app) => [new Envelope(), caching(app)]],
];

function redirectOf({ status, headers }: Answer): unknown {
  const location = headers.get('location')?.split('?')[0];
  return { status, location, cache: headers.get('cache-control') };
}

function redirectTo(location: string): unknown {
  return { status: 302, location, cache: 'private, no-store' };
}

function stateOf({ location }: Answer): string | null {
  return new URL(location ?? '').searchParams.get('state');
}

describe.each(adapters)('what an application puts around all of its handlers on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  const start = async (interceptors: (app: INestApplication) => NestInterceptor[]): Promise<TestApp> =>
    (test = await TestApp.start(adapter, {
      imports: [CachingModule],
      configure: (app) => void app.useGlobalInterceptors(...interceptors(app)),
    }));
  describe.each(around)('%s', (_name, interceptors) => {
    it('leaves the redirects of a login, a connect and a logout as they are', async () => {
      const app = await start(interceptors);
      const person = new Person();
      const login = await person.request(app.at('/auth/login'), { headers: NAVIGATION });
      const loggedIn = await person.request(await pendingLogin(app, person), { headers: NAVIGATION_FROM_ELSEWHERE });
      const connect = await person.request(app.at('/auth/connect/github'), { headers: NAVIGATION });
      const connected = await person.request(await pendingConnect(app, person), { headers: NAVIGATION_FROM_ELSEWHERE });
      const isIn = await isLoggedIn(app, person);
      const logout = await person.request(app.at('/auth/logout'), { headers: NAVIGATION });
      const formLogout = await person.request(app.at('/auth/logout'), { method: 'POST' });

      expect(redirectOf(login)).toEqual(redirectTo(`${app.tenant.domain}/authorize`));
      expect(redirectOf(loggedIn)).toEqual(redirectTo('/calendar/open'));
      expect(redirectOf(connect)).toEqual(redirectTo(`${app.tenant.domain}/connected-accounts/connect`));
      expect(redirectOf(connected)).toEqual(redirectTo('/calendar/open'));
      expect(isIn).toBe(true);
      expect(redirectOf(logout)).toEqual(redirectTo(`${app.tenant.domain}/oidc/logout`));
      expect(redirectOf(formLogout)).toEqual(redirectTo(`${app.tenant.domain}/oidc/logout`));
      expect(app.control.accounts('auth0|alice')).toHaveLength(1);
    });

    it('gives nobody what was for somebody else, and does nothing in place of us', async () => {
      const app = await start(interceptors);
      const alice = await app.logIn('auth0|alice');
      const bob = await app.logIn('auth0|bob');
      app.control.connectAccount('auth0|alice', 'github');
      const texts = async (path: string): Promise<string[]> => [
        (await alice.request(app.at(path))).text,
        (await bob.request(app.at(path))).text,
        (await new Person().request(app.at(path))).text,
      ];

      const profiles = await texts('/auth/profile');
      const accounts = await texts('/auth/accounts');
      const states = [
        stateOf(await new Person().request(app.at('/auth/login'), { headers: NAVIGATION })),
        stateOf(await new Person().request(app.at('/auth/login'), { headers: NAVIGATION })),
      ];
      const logouts = [
        await alice.request(app.at('/auth/logout'), { headers: NAVIGATION }),
        await bob.request(app.at('/auth/logout'), { headers: NAVIGATION }),
      ];
      const sessions: { n: number }[] = await app.database.query('SELECT count(*) AS n FROM auth0_connect_sessions');

      expect(profiles[0]).not.toContain('auth0|bob');
      expect(profiles[1]).not.toContain('auth0|alice');
      expect(profiles[2]).toContain('login_required');
      expect(accounts[1]).not.toContain('github');
      expect(accounts[2]).toContain('login_required');
      expect(new Set(states).size).toBe(2);
      expect(logouts.map(({ status }) => status)).toEqual([302, 302]);
      expect(sessions, 'both are logged out').toEqual([{ n: 0 }]);
    });
  });
});
