import { Injectable, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import {
  Auth0ConnectModule,
  ConfigurationError,
  type Auth0ConnectOptions,
  type Auth0ConnectOptionsFactory,
} from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lastRequest } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, CLIENT, freePort, SECRET, TestApp } from '../support/test-app.js';

@Module({})
class AppModule {}

@Injectable()
class OptionsFactory implements Auth0ConnectOptionsFactory {
  static options: Auth0ConnectOptions;

  async createAuth0ConnectOptions(): Promise<Auth0ConnectOptions> {
    return Promise.resolve(OptionsFactory.options);
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class ConfigModule {}

describe.each(adapters)('options at start-up on %s', (adapter) => {
  let tenant: LocalTenant;
  let app: INestApplication | undefined;

  beforeAll(async () => {
    tenant = await startLocalTenant();
  });
  afterAll(() => tenant?.stop());
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  const start = async (module: () => DynamicModule, port = 0): Promise<INestApplication> => {
    const database = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: AUTH0_CONNECT_ENTITIES,
      migrations: AUTH0_CONNECT_MIGRATIONS,
      migrationsRun: true,
      retryAttempts: 0,
    });
    app = await NestFactory.create(
      { module: AppModule, imports: [database, module()] },
      adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter(),
      { logger: false, abortOnError: false },
    );
    await app.listen(port, 'localhost');
    return app;
  };
  const good = (): Auth0ConnectOptions => ({
    domain: tenant.domain,
    ...CLIENT,
    secret: SECRET,
    appBaseUrl: 'http://localhost:3000',
    allowInsecureHttp: true,
  });
  const problemsOf = async (module: () => DynamicModule): Promise<readonly string[]> => {
    const error: unknown = await start(module).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return [];
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) expect(error.message).toContain(problem);
    expect(error.message, 'no secret in the message').not.toContain(SECRET);
    return error.problems;
  };
  const problemsWith = (changes: object): Promise<readonly string[]> =>
    problemsOf(() => Auth0ConnectModule.forRoot({ ...good(), ...changes }));

  it('are fine when they are fine', async () => {
    expect(await problemsWith({})).toEqual([]);
  });

  it('are reported with all that is wrong at once', async () => {
    const problems = await problemsWith({
      domain: 'http://evil.example',
      clientId: '',
      clientSecret: undefined,
      secret: 'short',
      appBaseUrl: 'ftp://x',
      authorizationParams: { scope: 'profile', redirect_uri: 'x', state: 'x', prompt: ['login'] },
      session: {
        inactivityDurationSeconds: 0,
        absoluteDurationSeconds: 1.5,
        cookie: { name: 'a b', sameSite: 'none' },
      },
      tokenLeewaySeconds: -1,
      maxTokensPerSession: '7',
      timeoutMs: Number.NaN,
      purgeIntervalSeconds: 0,
      telemetry: 'yes',
      routes: { prefix: 'auth', login: 'a b', accounts: 'callback', logn: 'x' },
    });

    const expected = [
      /^domain /,
      /^clientId /,
      /^clientSecret /,
      /^secret /,
      /^appBaseUrl /,
      /^authorizationParams.scope /,
      /^authorizationParams.redirect_uri /,
      /^authorizationParams.state /,
      /^authorizationParams.prompt /,
      /^session.inactivityDurationSeconds /,
      /^session.absoluteDurationSeconds /,
      /^session.cookie.name /,
      /^session.cookie.sameSite /,
      /^tokenLeewaySeconds /,
      /^maxTokensPerSession /,
      /^timeoutMs /,
      /^purgeIntervalSeconds /,
      /^telemetry /,
      /^routes.login /,
      /callback.* same path|same path.*callback/,
      /^routes.logn /,
    ];
    expect(problems).toEqual(expect.arrayContaining(expected.map((name) => expect.stringMatching(name) as string)));
  });

  it('are reported when there are none', async () => {
    const nothing = await problemsOf(() => Auth0ConnectModule.forRoot({} as Auth0ConnectOptions));
    const factory = await problemsOf(() =>
      Auth0ConnectModule.forRootAsync({ useFactory: () => undefined as unknown as Auth0ConnectOptions }),
    );
    for (const problems of [nothing, factory]) {
      for (const name of ['domain', 'clientId', 'clientSecret', 'secret', 'appBaseUrl']) {
        expect(problems.join('\n')).toMatch(new RegExp(`^${name} `, 'm'));
      }
    }
  });

  it.each([
    ['an empty secret', { secret: '' }, 'secret'],
    ['a list without a secret', { secret: [] }, 'secret'],
    ['a list with a short secret', { secret: [SECRET, 'short'] }, 'secret'],
    ['the same secret twice', { secret: [SECRET, SECRET] }, 'secret'],
    ['a domain with a path', { domain: 'https://example.auth0.com/authorize' }, 'domain'],
    ['a domain with a user', { domain: 'https://a:b@example.auth0.com' }, 'domain'],
    ['a domain of another scheme', { domain: 'ftp://example.auth0.com' }, 'domain'],
    ['a domain of spaces', { domain: '   ' }, 'domain'],
    ['http without leave', { allowInsecureHttp: false }, 'domain'],
    ['http to another machine', { domain: 'http://192.168.0.1:4477' }, 'domain'],
    ['http to a name that only begins like loopback', { domain: 'http://localhost.evil.example' }, 'domain'],
    ['http in an address with a user', { domain: 'http://localhost@evil.example' }, 'domain'],
    ['an application on http elsewhere', { appBaseUrl: 'http://app.example.com' }, 'appBaseUrl'],
    ['an application with a query', { appBaseUrl: 'https://app.example.com/?a=1' }, 'appBaseUrl'],
    ['a cookie for https on http', { session: { cookie: { name: '__Host-x' } } }, 'session.cookie.name'],
    ['a session of another type', { session: 'long' }, 'session'],
    ['a cookie of another type', { session: { cookie: 'x' } }, 'session.cookie'],
    ['a route that leads out of its prefix', { routes: { profile: '../x' } }, 'routes.profile'],
    ['an option that is not there', { clientSecrt: 'x' }, 'clientSecrt'],
  ])('are refused with %s', async (_what, changes, name) => {
    const problems = await problemsWith(changes);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.startsWith(name)).toBe(true);
  });

  it.each(['http://localhost:4477', 'http://127.0.0.1:4477', 'http://[::1]:4477/'])(
    'take http for a loopback domain: %s',
    async (domain) => {
      expect(await problemsWith({ domain })).toEqual([]);
    },
  );

  it.each([
    'example.eu.auth0.com',
    'https://example.eu.auth0.com',
    'https://example.eu.auth0.com/',
    'login.example.com:8443',
  ])('take a domain with and without its scheme: %s', async (domain) => {
    expect(await problemsWith({ domain, allowInsecureHttp: false })).toEqual([]);
  });

  it.each([
    [
      'useFactory',
      () => Auth0ConnectModule.forRootAsync({ useFactory: async () => Promise.resolve(OptionsFactory.options) }),
    ],
    [
      'useFactory with inject',
      () =>
        Auth0ConnectModule.forRootAsync({
          imports: [ConfigModule],
          inject: [OptionsFactory],
          useFactory: (factory: OptionsFactory) => factory.createAuth0ConnectOptions(),
        }),
    ],
    ['useClass', () => Auth0ConnectModule.forRootAsync({ useClass: OptionsFactory })],
    ['useExisting', () => Auth0ConnectModule.forRootAsync({ imports: [ConfigModule], useExisting: OptionsFactory })],
  ] as const)('come from %s and log a person in', async (_how, module) => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    tenant.addClient({ ...CLIENT, redirectUris: [`${url}/auth/callback`] });
    OptionsFactory.options = { ...good(), appBaseUrl: url };
    await start(module, port);
    const person = new Person();

    const page = await person.open(`${url}/auth/login?returnTo=/auth/profile`);
    const done = await person.submit(page, { user: 'auth0|alice', action: 'login' });

    expect(done.json()).toMatchObject({ sub: 'auth0|alice' });
  });

  it('are refused when none of the ways is given', () => {
    expect(() => Auth0ConnectModule.forRootAsync({})).toThrow(/useFactory, useClass or useExisting/);
  });

  it('must not come from a factory where Nest needs them before', async () => {
    const returned = { ...good(), routes: { prefix: 'x' }, isGlobal: false, dataSourceName: 'x' };
    const problems = await problemsOf(() => Auth0ConnectModule.forRootAsync({ useFactory: () => returned }));

    expect(problems).toHaveLength(3);
    for (const name of ['routes', 'isGlobal', 'dataSourceName']) {
      expect(problems.join('\n')).toContain(`${name} must be given beside useFactory`);
    }
  });

  it('may stop the library from saying who it is, and limit how long Auth0 may take', async () => {
    const test = await TestApp.start(adapter, { options: { telemetry: false, timeoutMs: 300 } });
    try {
      const person = await test.logIn();
      expect(lastRequest(test, 'code').headers).not.toHaveProperty('auth0-client');
      const hold = test.control.hold('refresh');
      const answer = await person.request(test.at('/auth/accounts'));
      hold.release();
      expect(answer.status).toBe(503);
      expect(answer.json()).toMatchObject({ errorCode: 'auth0_unavailable' });
    } finally {
      await test.stop();
    }
  });

  it('let the library say who it is by default', async () => {
    const test = await TestApp.start(adapter);
    try {
      await test.logIn();
      const header = String(lastRequest(test, 'code').headers['auth0-client']);
      const said: unknown = JSON.parse(Buffer.from(header, 'base64').toString());
      expect(said).toMatchObject({ name: 'nestjs-auth0-connect', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    } finally {
      await test.stop();
    }
  });
});
