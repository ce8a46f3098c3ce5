/** What docs/nest.md shows, run as it stands there, in an application with a tenant. GitHub is played by the tenant. */
import { join } from 'node:path';
import { ApolloDriver } from '@nestjs/apollo';
import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Logger, Module, type INestApplication, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import { QueueEvents, type Queue } from 'bullmq';
import {
  LoginService,
  SessionService,
  type LoginSession,
  type RoutesOptions,
  type UserSubject,
} from 'nestjs-auth0-connect';
import { Auth0ConnectHealthIndicator } from 'nestjs-auth0-connect/terminus';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { SocketSessions } from 'nestjs-auth0-connect/websockets';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Person } from '../support/person.js';
import { freePort, TestApp, type TestAppOptions } from '../support/test-app.js';
import { titledBlocks, writeShown } from './written-examples.js';

const folder = join(import.meta.dirname, '../../artifacts/nest');
const blocks = titledBlocks('docs/nest.md');
const run = new Set<string>();
/** What the tenant has at its GitHub. */
const REPOSITORIES = expect.arrayContaining([expect.objectContaining({ name: 'dotfiles' })]) as unknown;
const { redis } = inject('services');

async function shown<Exports>(title: string): Promise<Exports> {
  run.add(title);
  return (await import(/* @vite-ignore */ join(folder, title))) as Exports;
}

@Module({})
class ConfiguredModule {}

describe('what docs/nest.md shows', () => {
  let test: TestApp;
  const realFetch = globalThis.fetch;

  beforeAll(() => writeShown(folder, [...blocks.keys()], blocks));
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await test.stop();
  });

  async function start(given: TestAppOptions): Promise<Person> {
    test = await TestApp.start('Express', given);
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
      typeof input === 'string'
        ? realFetch(input.replace('https://api.github.com', new URL('/upstream/github', test.tenant.issuer).href), init)
        : realFetch(input, init),
    );
    const person = await test.logIn();
    await test.connect(person, 'github');
    return person;
  }
  const sessionOf = async (user = 'auth0|alice'): Promise<LoginSession> => {
    const [session] = await test.app.get(SessionService).listSessions(user);
    if (!session) throw new Error(`${user} is not logged in`);
    return session;
  };

  it('configures the module from the environment, and says what is missing in it', async () => {
    const { configured } = await shown<{ configured: () => Promise<[]> }>('src/environment.ts');
    await start({});
    const environment = {
      AUTH0_DOMAIN: 'example.eu.auth0.com',
      AUTH0_CLIENT_ID: 'client',
      AUTH0_CLIENT_SECRET: 'secret',
      AUTH0_SECRET: 'the first of at least 32 characters,and a second that is as long as that',
      APP_BASE_URL: 'https://app.example.com',
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const tables = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [...AUTH0_CONNECT_ENTITIES],
      migrations: [...AUTH0_CONNECT_MIGRATIONS],
      migrationsRun: true,
    });
    const imports = [tables, ...(await configured())];
    const app = await NestFactory.create({ module: ConfiguredModule, imports }, { logger: false, abortOnError: false });
    await app.init();
    expect(app.get(LoginService)).toBeInstanceOf(LoginService);
    await app.close();
    vi.stubEnv('AUTH0_SECRET', 'short');
    await expect(configured()).rejects.toThrow(/AUTH0_SECRET/);
  });

  it('serves the description of the routes', async () => {
    const { serveOpenApi } = await shown<{ serveOpenApi: (app: INestApplication) => void }>('src/openapi.ts');
    await start({ configure: serveOpenApi });
    const { paths } = (await new Person().request(test.at('/docs-json'))).json<{ paths: Record<string, object> }>();
    expect(paths['/auth/login']).toBeDefined();
    expect(paths['/calendar']).toMatchObject({ get: { responses: { 401: {}, 403: {} } } });
  });

  it('answers probes', async () => {
    const { HealthController } = await shown<{ HealthController: Type }>('src/health.controller.ts');
    await start({
      imports: [TerminusModule.forRoot({ logger: false })],
      providers: [Auth0ConnectHealthIndicator],
      controllers: [HealthController],
    });
    const asked = ['/health/ready', '/health/auth0'].map((path) => new Person().request(test.at(path)));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('answers messages of a socket', async () => {
    const { LiveGateway } = await shown<{ LiveGateway: Type }>('src/live.gateway.ts');
    const person = await start({
      providers: [LiveGateway, SocketSessions],
      configure: (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    });
    const extraHeaders = { cookie: person.cookieHeader(new URL(test.url)) };
    const socket = io(test.url, { transports: ['websocket'], reconnection: false, extraHeaders });
    const answered = new Promise((resolve) => {
      socket.once('repositories', resolve);
      socket.once('exception', resolve);
    });
    socket.emit('repositories', {});
    expect(await answered).toEqual(REPOSITORIES);
    socket.disconnect();
  });

  it('answers messages of a service, and tells what its user lacks', async () => {
    const { RepositoriesHandler } = await shown<{ RepositoriesHandler: Type }>('src/repositories.handler.ts');
    await start({ controllers: [RepositoriesHandler] });
    await test.logIn('auth0|bob');
    const options = { host: 'localhost', port: await freePort() };
    test.app.connectMicroservice({ transport: Transport.TCP, options });
    await test.app.startAllMicroservices();
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    const ask = (userId: string): Promise<unknown> => firstValueFrom(client.send('repositories', { userId }));
    expect(await ask('auth0|alice')).toEqual(REPOSITORIES);
    await expect(ask('auth0|bob')).rejects.toMatchObject({ errorCode: 'connection_required' });
    client.close();
  });

  it('resolves a query', async () => {
    const { RepositoriesResolver } = await shown<{ RepositoriesResolver: Type }>('src/repositories.resolver.ts');
    const person = await start({
      imports: [GraphQLModule.forRoot({ driver: ApolloDriver, autoSchemaFile: true })],
      providers: [RepositoriesResolver],
    });
    const answer = await person.request(test.at('/graphql'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ repositoryCount }' }),
    });
    expect(answer.json()).toEqual({ data: { repositoryCount: 3 } });
  });

  it('imports every night for those who can, and says of whom it cannot', async () => {
    const { Nightly } = await shown<{ Nightly: Type<{ userIds: readonly string[] }> }>('src/nightly.ts');
    await start({ imports: [ScheduleModule.forRoot()], providers: [Nightly] });
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    test.app.get(Nightly).userIds = ['auth0|alice', 'auth0|bob'];
    const [job] = [...test.app.get(SchedulerRegistry).getCronJobs().values()];
    expect(job?.nextDate().hour).toBe(3);
    await job?.fireOnTick();
    await vi.waitFor(() => expect(warned).toHaveBeenCalled());
    expect(warned.mock.calls).toEqual([['no import for one user: login_required']]);
    expect(test.control.count('exchange')).toBe(1);
  });

  it('throttles its routes, and not the one that Auth0 calls', async () => {
    const { routes } = await shown<{ routes: RoutesOptions }>('src/routes.ts');
    await start({
      options: { routes },
      imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 50 }])],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    });
    const stranger = new Person();
    const statusesOf = async (path: string, method: string): Promise<Set<number>> =>
      new Set(
        await Promise.all(
          Array.from({ length: 60 }, async () => (await stranger.request(test.at(path), { method })).status),
        ),
      );
    expect(await statusesOf('/auth/profile', 'GET')).toEqual(new Set([401, 429]));
    expect(await statusesOf('/auth/backchannel-logout', 'POST')).toEqual(new Set([400]));
  });

  describe.skipIf(redis === undefined)('with Redis', () => {
    it('imports in a job that holds no token, and gives up at once where only the person can help', async () => {
      type Shown = { Imports: Type<{ enqueue(session: LoginSession): Promise<void> }>; ImportProcessor: Type };
      const { Imports, ImportProcessor } = await shown<Shown>('src/import.processor.ts');
      const { hostname: host, port } = new URL(redis ?? '');
      const connection = { host, port: Number(port) };
      const prefix = `test-${process.pid}-${Date.now()}`;
      await start({
        imports: [
          BullModule.forRoot({ connection, prefix, defaultJobOptions: { attempts: 3 } }),
          BullModule.registerQueue({ name: 'imports' }),
        ],
        providers: [Imports, ImportProcessor],
      });
      const queue = test.app.get<Queue<UserSubject>>(getQueueToken('imports'));
      const events = new QueueEvents('imports', { connection, prefix });
      await events.waitUntilReady();
      const done = new Promise<{ returnvalue: unknown }>((resolve) => events.once('completed', resolve));
      const failed = new Promise<{ jobId: string; failedReason: string }>((resolve) => events.once('failed', resolve));

      await test.app.get(Imports).enqueue(await sessionOf());
      expect((await done).returnvalue).toEqual(REPOSITORIES);
      await test.logIn('auth0|bob');
      await test.app.get(Imports).enqueue(await sessionOf('auth0|bob'));
      const { jobId, failedReason } = await failed;
      expect(failedReason).toBe('connection_required');
      const job = await queue.getJob(jobId);
      expect(job?.attemptsMade).toBe(1);
      expect(job?.data).toEqual({ userId: 'auth0|bob', domain: new URL(test.tenant.issuer).origin });

      await events.close();
      await queue.obliterate({ force: true });
    });

    it('leaves no block of the document out', async () => {
      await start({});
      expect([...run].toSorted()).toEqual([...blocks.keys()].toSorted());
    });
  });
});
