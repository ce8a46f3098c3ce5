import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import {
  Catch,
  HttpException,
  Injectable,
  Module,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type OnModuleInit,
} from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost, LazyModuleLoader, NestApplication } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import compression from 'compression';
import cookieParser from 'cookie-parser';
import expressSession from 'express-session';
import helmet from 'helmet';
import { SessionGuard } from 'nestjs-auth0-connect';
import { ClsModule, ClsService } from 'nestjs-cls';
import { timeout, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import {
  adapters,
  CALENDAR_SCOPE,
  CLIENT,
  TestApp,
  type AdapterName,
  type TestAppOptions,
} from '../support/test-app.js';

/** What an application has besides, and where that moves the addresses. */
interface Besides extends TestAppOptions {
  on?: AdapterName;
  routes?: string;
  handlers?: string;
}

class Timeout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout(10_000));
  }
}

/** What Nest's documentation shows. */
@Catch()
class CatchAll implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const isKnown = exception instanceof HttpException;
    const body = isKnown ? exception.getResponse() : { statusCode: 500 };
    httpAdapter.reply(host.switchToHttp().getResponse(), body, isKnown ? exception.getStatus() : 500);
  }
}

@Injectable()
class UserOfRequest implements NestInterceptor {
  constructor(private readonly cls: ClsService) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.cls.set('user', context.switchToHttp().getRequest<{ user?: unknown }>().user);
    return next.handle();
  }
}

@Module({ providers: [SessionGuard] })
class LazyModule {}

@Injectable()
class LoadsLazily implements OnModuleInit {
  constructor(private readonly loader: LazyModuleLoader) {}

  async onModuleInit(): Promise<void> {
    await this.loader.load(() => LazyModule);
  }
}

const fastify = (app: INestApplication): NestFastifyApplication => app as NestFastifyApplication;
const isNest12 = 'enableCsrfProtection' in NestApplication.prototype;

const all: [string, Besides][] = [
  ['a global prefix', { routes: '/api', handlers: '/api', configure: (app) => void app.setGlobalPrefix('api') }],
  [
    'a global prefix that leaves the routes out',
    { handlers: '/api', configure: (app) => void app.setGlobalPrefix('api', { exclude: ['auth/{*path}'] }) },
  ],
  [
    'a version in each URI',
    {
      handlers: '/v1',
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    },
  ],
  ['an interceptor with a timeout', { configure: (app) => void app.useGlobalInterceptors(new Timeout()) }],
  [
    'a filter that catches everything',
    { configure: (app) => void app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost))) },
  ],
  [
    "Nest's own filter",
    { configure: (app) => void app.useGlobalFilters(new BaseExceptionFilter(app.getHttpAdapter())) },
  ],
  ['CORS', { configure: (app) => app.enableCors({ origin: 'https://front.example.com', credentials: true }) }],
  ['raw bodies', { nest: { rawBody: true } }],
  ['a module that is loaded later', { providers: [LoadsLazily] }],
  [
    'nestjs-cls',
    {
      imports: [ClsModule.forRoot({ global: true, middleware: { mount: true } })],
      providers: [UserOfRequest],
      configure: (app) => void app.useGlobalInterceptors(app.get(UserOfRequest)),
    },
  ],
  [
    'a microservice in the same application',
    {
      beforeListen: async (app) => {
        const options: MicroserviceOptions = { transport: Transport.TCP, options: { port: 0 } };
        app.connectMicroservice(options, { inheritAppConfig: true });
        await app.startAllMicroservices();
      },
    },
  ],
  ['helmet', { on: 'Express', configure: (app) => void app.use(helmet()) }],
  ['compression', { on: 'Express', configure: (app) => void app.use(compression({ threshold: 0 })) }],
  ['cookie-parser', { on: 'Express', configure: (app) => void app.use(cookieParser('a secret of the application')) }],
  [
    'express-session',
    {
      on: 'Express',
      configure: (app) => void app.use(expressSession({ secret: 'a secret', resave: false, saveUninitialized: true })),
    },
  ],
  ['@fastify/helmet', { on: 'Fastify', beforeListen: async (app) => fastify(app).register(fastifyHelmet) }],
  [
    '@fastify/compress',
    { on: 'Fastify', beforeListen: async (app) => fastify(app).register(fastifyCompress, { threshold: 0 }) },
  ],
  [
    '@fastify/cookie',
    { on: 'Fastify', beforeListen: async (app) => fastify(app).register(fastifyCookie, { secret: 'a secret' }) },
  ],
];
if (isNest12) {
  all.push(
    ["Nest's protection against CSRF", { configure: (app) => void app.enableCsrfProtection() }],
    ["Nest's signed cookies", { nest: { cookies: { secret: 'a secret of the application' } } }],
  );
}

/** A login, a connect, a token, a logout, and what is refused on the way. @returns what a handler answers afterwards */
async function journey(test: TestApp, { routes = '', handlers = '' }: Besides): Promise<number> {
  const person = new Person();
  const calendar = test.at(`${handlers}/calendar`);
  const stranger = await person.request(calendar);
  expect([stranger.status, stranger.json()]).toEqual([401, expect.objectContaining({ errorCode: 'login_required' })]);

  const login = await person.open(stranger.json<{ loginUrl: string }>().loginUrl);
  const refused = await person.submit(login, { user: 'auth0|alice', action: 'login' });
  expect([refused.url, refused.status]).toEqual([calendar, 403]);

  const consent = await person.open(refused.json<{ connectUrl: string }>().connectUrl);
  const done = await person.submit(consent, { action: 'approve' });
  expect([done.url, done.status, done.json()]).toEqual([calendar, 200, { token: expect.any(String) as string }]);
  expect(test.control.accounts('auth0|alice')).toMatchObject([{ scopes: [CALENDAR_SCOPE] }]);

  expect((await person.request(test.at(`${routes}/auth/profile`))).json()).toMatchObject({ sub: 'auth0|alice' });
  const left = await person.request(test.at(`${routes}/auth/logout`), { method: 'POST' });
  expect(left.location).toContain(`${test.tenant.domain}/oidc/logout`);
  return (await person.request(calendar)).status;
}

describe.each(adapters)('an application on %s goes through the main job', (adapter) => {
  it.each(all.filter(([, { on }]) => on === undefined || on === adapter))('beside %s', async (_name, besides) => {
    const test = await TestApp.start(adapter, besides);
    const callbacks = ['/auth/callback', '/auth/connected'].map((path) => test.at(`${besides.routes ?? ''}${path}`));
    test.tenant.addClient({ ...CLIENT, redirectUris: callbacks, logoutUrls: [test.url, `${test.url}/`] });
    try {
      expect(await journey(test, besides)).toBe(401);
    } finally {
      await test.stop();
    }
  });

  it('behind a handler that has a server of its own, as serverless platforms have it', async () => {
    const test = await TestApp.start(adapter);
    const person = await test.logIn();
    const instance = test.app.getHttpAdapter().getInstance() as RequestListener & { routing?: RequestListener };
    const platform = createServer(instance.routing?.bind(instance) ?? instance).listen(0, 'localhost');
    await once(platform, 'listening');
    const { port } = platform.address() as AddressInfo;
    const profile = await person.request(`http://localhost:${port}/auth/profile`);
    expect([profile.status, profile.json()]).toEqual([200, expect.objectContaining({ sub: 'auth0|alice' })]);
    platform.close();
    await test.stop();
  });
});
