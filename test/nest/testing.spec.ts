/** What tests of an application are written with, by the ways in which they are: supertest, `app.inject` and a browser. */
import { Controller, Get, Inject, UseGuards, type DynamicModule, type INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import {
  AccessTokenGuard,
  Auth0ConnectModule,
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  CurrentUser,
  InjectWorkerAccounts,
  Public,
  RequireConnection,
  RequirePermissions,
  RequireScopes,
  SessionGuard,
  SessionService,
  WorkerAccountsService,
  type Auth0ConnectExtras,
  type Auth0ConnectOptions,
  type LoginSession,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { startTestAuth0, withLogin, type TestAuth0 } from 'nestjs-auth0-connect/testing';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { SocketGuard, SocketSessions, SocketSubject, type GatewayClient } from 'nestjs-auth0-connect/websockets';
import { chromium } from 'playwright-core';
import { io } from 'socket.io-client';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { freePort } from '../support/free-port.js';
import { adapters } from '../support/test-app.js';

@Controller()
@UseGuards(SessionGuard)
class PagesController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get('me')
  me(@CurrentUser() { sub, name }: UserClaims): object {
    return { sub, name };
  }

  @Get('github')
  github(@ConnectedToken('github', { scopes: ['repo'] }) token: string): object {
    return { token };
  }

  @Get('accounts')
  async list(@CurrentSession() session: LoginSession): Promise<object> {
    const { accounts } = await this.accounts.listConnectedAccounts(session);
    return accounts.map(({ connection }) => connection);
  }

  @Get('connect')
  connect(@CurrentSession() session: LoginSession): Promise<object> {
    return this.accounts.startConnectAccount(session, { connection: 'github' });
  }
}

@Controller('api')
@UseGuards(AccessTokenGuard)
class ApiController {
  @Get()
  @RequireScopes('read:events')
  events(@CurrentUser() { sub }: UserClaims): object {
    return { sub };
  }

  @Get('admin')
  @RequirePermissions('admin:events')
  admin(): string {
    return 'admin';
  }

  @Get('github')
  github(@ConnectedToken('github') token: string): object {
    return { token };
  }
}

const GITHUB = { connection: 'github', origins: ['https://api.github.com'] };

@Controller('work')
class WorkController {
  constructor(
    @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    @InjectWorkerAccounts() private readonly worker: WorkerAccountsService,
  ) {}

  @Get('who')
  who(@CurrentUser() { sub }: UserClaims): object {
    return { sub };
  }

  @Get('open')
  @Public()
  open(@CurrentUser() user: UserClaims | null): object {
    return { sub: user?.sub };
  }

  @Get('with/github')
  @RequireConnection('github')
  withGithub(): string {
    return 'connected';
  }

  @Get('with/slack')
  @RequireConnection('slack')
  withSlack(): string {
    return 'connected';
  }

  @Get('fetch')
  async fetch(@CurrentSession() session: LoginSession): Promise<object> {
    const github = await this.accounts.fetch(session, GITHUB);
    return { token: await github.token() };
  }

  @Get('worker')
  async work(@CurrentUser() { sub: userId }: UserClaims): Promise<object> {
    const { accessToken: token } = await this.worker.getAccessTokenForConnection({ userId }, GITHUB);
    return { token };
  }
}

@WebSocketGateway()
@UseGuards(SocketGuard)
class LiveGateway implements OnGatewayConnection {
  constructor(@Inject(SocketSessions) private readonly sockets: SocketSessions) {}

  async handleConnection(client: GatewayClient): Promise<void> {
    await this.sockets.accept(client);
  }

  @SubscribeMessage('who')
  who(@SocketSubject() { userId }: LoginSession): string {
    return userId;
  }
}

const modules = (options: Auth0ConnectOptions & Auth0ConnectExtras): DynamicModule[] => [
  TypeOrmModule.forRoot({
    type: 'better-sqlite3',
    database: ':memory:',
    entities: [...AUTH0_CONNECT_ENTITIES],
    migrations: [...AUTH0_CONNECT_MIGRATIONS],
    migrationsRun: true,
  }),
  Auth0ConnectModule.forRoot(options),
];

const building = (options: Auth0ConnectOptions & Auth0ConnectExtras): TestingModuleBuilder =>
  Test.createTestingModule({
    imports: modules(options),
    controllers: [PagesController, ApiController],
  });

describe.each(adapters)('with a tenant, on %s', (adapter) => {
  let auth0: TestAuth0;
  let app: INestApplication;

  beforeAll(async () => {
    auth0 = await startTestAuth0();
    const testing = await building(auth0.options()).compile();
    app = testing.createNestApplication(adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter(), {
      logger: false,
    });
    await app.init();
    if (adapter === 'Fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await auth0.stop();
  });

  it('logs somebody in with connected accounts and given tokens, for supertest', async () => {
    const alice = await auth0.logIn(app, 'auth0|alice', { github: { token: 'gho_of_the_test', scopes: ['repo'] } });
    const server = app.getHttpServer() as never;

    expect((await request(server).get('/me').set(alice.headers).expect(200)).body).toEqual({
      sub: 'auth0|alice',
      name: 'Alice Example',
    });
    expect((await request(server).get('/github').set(alice.headers).expect(200)).body).toEqual({
      token: 'gho_of_the_test',
    });
    expect((await request(server).get('/accounts').set(alice.headers).expect(200)).body).toEqual(['github']);
    await request(server).get('/me').expect(401);
  });

  it('logs in somebody whom the tenant gets to know by it, whose session ends as any does', async () => {
    const dora = await auth0.logIn(app, { userId: 'auth0|dora', email: 'dora@test.example' });
    expect(dora.session.user).toMatchObject({ sub: 'auth0|dora', name: 'dora', email: 'dora@test.example' });
    const server = app.getHttpServer() as never;
    const refused = await request(server).get('/github').set(dora.headers).expect(403);
    expect(refused.body).toMatchObject({ errorCode: 'connection_required' });

    await app.get(SessionService).endSession(dora.session.id);
    await request(server).get('/me').set(dora.headers).expect(401);
  });

  it('calls the API with scopes and permissions, and the tokens of the caller', async () => {
    const bob = await auth0.callApi(
      'auth0|bob',
      { scopes: ['read:events'], permissions: ['admin:events'] },
      { github: { token: 'gho_of_bob' } },
    );
    const server = app.getHttpServer() as never;
    expect((await request(server).get('/api').set(bob.headers).expect(200)).body).toEqual({ sub: 'auth0|bob' });
    expect((await request(server).get('/api/admin').set(bob.headers).expect(200)).text).toBe('admin');
    expect((await request(server).get('/api/github').set(bob.headers).expect(200)).body).toEqual({
      token: 'gho_of_bob',
    });

    const withLess = await auth0.callApi('auth0|bob', { scopes: [], permissions: [] });
    await request(server).get('/api').set(withLess.headers).expect(403);
    await request(server).get('/api/admin').set(withLess.headers).expect(403);
  });

  it('gives headers that app.inject takes as supertest does', async () => {
    const { headers } = await auth0.logIn(app);
    const isFastify = adapter === 'Fastify';
    const answer = isFastify
      ? (await (app as NestFastifyApplication).inject({ url: '/me', headers })).json<object>()
      : ((
          await request(app.getHttpServer() as never)
            .get('/me')
            .set(headers)
        ).body as object);
    expect(answer).toEqual({ sub: 'auth0|alice', name: 'Alice Example' });
  });

  it('says which instance is not there', async () => {
    await expect(auth0.logIn(app, 'auth0|alice', {}, 'elsewhere')).rejects.toThrow('of the name "elsewhere"');
    await expect(auth0.logIn(app, 'auth0|nobody')).rejects.toThrow('no such user: auth0|nobody');
  });
});

// The first page waits for the browser to start.
vi.setConfig({ testTimeout: 60_000 });

const chromiumPath = inject('services').chromium;

describe.skipIf(chromiumPath === undefined)('with a browser', () => {
  it('opens pages as the person, who connects an account without a login page in between', async () => {
    await using auth0 = await startTestAuth0();
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const testing = await building(auth0.options(url)).compile();
    const app = testing.createNestApplication(new ExpressAdapter(), { logger: false });
    await app.listen(port, 'localhost');
    const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
    try {
      const carol = await auth0.logIn(app, 'auth0|carol');
      const context = await browser.newContext();
      await context.addCookies(carol.cookies);
      const page = await context.newPage();

      await page.goto(`${url}/me`);
      expect(await page.textContent('body')).toContain('Carol Example');
      await page.goto(`${url}/auth/connect/github?returnTo=/accounts`);
      await page
        .getByRole('button', { name: /allow|approve|connect/i })
        .first()
        .click();
      await page.waitForURL(`${url}/accounts`);
      expect(await page.textContent('body')).toContain('github');
    } finally {
      await browser.close();
      await app.close();
    }
  });
});

describe('without a tenant', () => {
  let app: INestApplication;
  afterEach(() => app.close());

  const OPTIONS = {
    domain: 'example.eu.auth0.com',
    clientId: 'client',
    clientSecret: 'secret',
    secret: 'a secret of the test that is long enough',
    appBaseUrl: 'http://localhost:3000',
    apiAudience: 'https://api.example.com',
  };
  const start = async (login?: Parameters<typeof withLogin>[1]): Promise<never> => {
    const testing = await withLogin(building(OPTIONS), login).compile();
    app = testing.createNestApplication(new ExpressAdapter(), { logger: false });
    await app.init();
    return app.getHttpServer() as never;
  };

  it('has everybody be the person, with the given tokens', async () => {
    const server = await start({
      user: { sub: 'auth0|alice', name: 'Alice' },
      tokens: { github: 'gho_of_the_test' },
    });
    expect((await request(server).get('/me').expect(200)).body).toEqual({ sub: 'auth0|alice', name: 'Alice' });
    expect((await request(server).get('/github').expect(200)).body).toEqual({ token: 'gho_of_the_test' });
    expect((await request(server).get('/accounts').expect(200)).body).toEqual(['github']);
    expect((await request(server).get('/api').expect(200)).body).toEqual({ sub: 'auth0|alice' });
  });

  it('answers as without a connected account, or a scope, where none is given', async () => {
    const server = await start({ tokens: { github: { token: 'gho_of_the_test', scopes: ['read:user'] } } });
    const lacking = await request(server).get('/github').expect(403);
    expect(lacking.body).toMatchObject({ errorCode: 'insufficient_scope', missingScopes: ['repo'] });
    await app.close();

    const bare = await start();
    const missing = await request(bare).get('/github').expect(403);
    expect(missing.body).toMatchObject({ errorCode: 'connection_required', connection: 'github' });
  });

  it('asks nobody for anything', async () => {
    const asked: string[] = [];
    const fetch = (url: string): Promise<Response> => {
      asked.push(url);
      return Promise.reject(new Error('There is no network here'));
    };
    const testing = await withLogin(building({ ...OPTIONS, fetch }), {
      tokens: { github: 'gho_of_the_test' },
    }).compile();
    app = testing.createNestApplication(new ExpressAdapter(), { logger: false });
    await app.init();
    await request(app.getHttpServer() as never)
      .get('/github')
      .expect(200);
    expect(asked).toEqual([]);
  });

  it('replaces a guard that is global, what @RequireConnection asks for, sockets, and services for a fetch and a worker', async () => {
    const builder = Test.createTestingModule({
      imports: modules(OPTIONS),
      controllers: [WorkController],
      providers: [LiveGateway, SocketSessions, { provide: APP_GUARD, useExisting: SessionGuard }],
    });
    const testing = await withLogin(builder, { user: 'auth0|alice', tokens: { github: 'gho_of_the_test' } }).compile();
    app = testing.createNestApplication(new ExpressAdapter(), { logger: false });
    app.useWebSocketAdapter(new IoAdapter(app));
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as never;

    expect((await request(server).get('/work/who').expect(200)).body).toEqual({ sub: 'auth0|alice' });
    expect((await request(server).get('/work/open').expect(200)).body).toEqual({ sub: 'auth0|alice' });
    await request(server).get('/work/with/github').expect(200);
    const refused = await request(server).get('/work/with/slack').expect(403);
    expect(refused.body).toMatchObject({ errorCode: 'connection_required', connection: 'slack' });
    for (const path of ['fetch', 'worker']) {
      expect((await request(server).get(`/work/${path}`).expect(200)).body).toEqual({ token: 'gho_of_the_test' });
    }
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const socket = io(await app.getUrl(), { transports: ['websocket'] });
    try {
      expect(await socket.emitWithAck('who', {})).toBe('auth0|alice');
      await vi.advanceTimersByTimeAsync(20_000); // by which a session without a row would have ended
      expect(await socket.emitWithAck('who', {})).toBe('auth0|alice');
    } finally {
      vi.useRealTimers();
      socket.disconnect();
    }
  });

  it('fails what needs a tenant, and says what has one', async () => {
    const server = await start({ user: 'auth0|alice' });
    await request(server).get('/connect').expect(500);
    const accounts = app.get(ConnectedAccountsService);
    await expect(accounts.startConnectAccount(undefined as never, undefined as never)).rejects.toThrow(
      'startConnectAccount() needs a tenant: see startTestAuth0',
    );
  });
});
