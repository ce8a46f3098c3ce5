import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { Auth0ConnectModule, LoginService, type Auth0ConnectOptions } from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDatabase, databases } from '../support/databases.js';
import { pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { CLIENT, SECRET, TestApp } from '../support/test-app.js';

@Module({})
class AppModule {}

const OPTIONS = { ...CLIENT, secret: SECRET, appBaseUrl: 'http://localhost:3000', allowInsecureHttp: true };
const TABLES = { entities: AUTH0_CONNECT_ENTITIES, migrations: AUTH0_CONNECT_MIGRATIONS, migrationsRun: true };

function appWith(database: TypeOrmModuleOptions): DynamicModule {
  const imports = [
    TypeOrmModule.forRoot({ retryAttempts: 1, ...database }),
    Auth0ConnectModule.forRoot({ ...OPTIONS, domain: 'http://localhost:4400' }),
  ];
  return { module: AppModule, imports };
}

async function start(module: DynamicModule): Promise<void> {
  const app = await NestFactory.create(module, new ExpressAdapter(), { logger: false, abortOnError: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

let warned: string[];
beforeEach(() => {
  warned = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void warned.push(String(line)));
});
afterEach(() => void vi.restoreAllMocks());

describe.each(databases)('a start-up on $name', ({ name, missing }) => {
  it.skipIf(missing)('without the entities, or without the migrations, says which line to add', async () => {
    const database = await createDatabase(name);
    const options = database.options as TypeOrmModuleOptions;
    try {
      await expect(start(appWith(options))).rejects.toThrow('entities: [...AUTH0_CONNECT_ENTITIES]');
      const withEntities = { ...options, entities: AUTH0_CONNECT_ENTITIES };
      await expect(start(appWith(withEntities))).rejects.toThrow('migrations: [...AUTH0_CONNECT_MIGRATIONS]');
      await expect(start(appWith(withEntities))).rejects.toThrow('there is none of its tables');
      await expect(
        start(appWith({ ...withEntities, migrations: AUTH0_CONNECT_MIGRATIONS.slice(0, 1), migrationsRun: true })),
      ).rejects.toThrow(/Not all of the library's migrations have run: \S*auth0_connect_\w+/);
      await expect(start(appWith({ ...options, ...TABLES }))).resolves.toBeUndefined();
      await expect(start(appWith({ ...options, autoLoadEntities: true, synchronize: true }))).resolves.toBeUndefined();
    } finally {
      await database.drop();
    }
  });
});

it('a login that Auth0 ends because there is no such API says so in the log, and one that a person cancels does not', async () => {
  const test = await TestApp.start('Fastify', {
    options: { authorizationParams: { audience: 'https://no-such-api.example' } },
  });
  try {
    const person = new Person();
    const callback = test.at('/auth/callback');
    const answer = await person.open(test.at('/auth/login'), { until: callback });
    expect(answer.location).toContain('error=access_denied');
    await person.request(answer.location ?? '');
    expect(warned).toEqual([expect.stringContaining('Look at authorizationParams.audience')]);
    expect(warned[0]).toContain('Auth0 says: access_denied Service not found');
  } finally {
    await test.stop();
  }
  warned.length = 0;
  const other = await TestApp.start('Fastify');
  try {
    const person = new Person();
    await person.request(await pendingLogin(other, person, { action: 'deny' }));
    expect(warned).toEqual([]);
  } finally {
    await other.stop();
  }
});

const status =
  (code: number): RequestListener =>
  (_request, response) =>
    void response.writeHead(code).end();
const lookAtDomain = (where: string): unknown =>
  expect.stringMatching(new RegExp(`discovery at ${where}: .*Look at the option "domain"`));

describe('a domain', () => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });

  /** A server where Auth0 should be. @returns its address without the scheme */
  const serve = async (answer: RequestListener): Promise<string> => {
    const server: Server = createServer(answer);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    open.push(async () => {
      server.close().closeAllConnections();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const startAt = async (domain: Auth0ConnectOptions['domain']): Promise<INestApplication> => {
    const imports = [
      TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', ...TABLES }),
      Auth0ConnectModule.forRoot({ ...OPTIONS, domain }),
    ];
    const app = await NestFactory.create({ module: AppModule, imports }, new ExpressAdapter(), { logger: false });
    open.push(() => app.close());
    return app.init();
  };

  it('where nobody answers is warned of, and the application starts', async () => {
    await startAt('http://127.0.0.1:1');
    await vi.waitFor(() => expect(warned).toEqual([lookAtDomain('http://127.0.0.1:1')]));
  });

  it('where nobody answers a login either is told of as what it was: the look at its metadata', async () => {
    const app = await startAt('http://127.0.0.1:1');
    const login = app.get(LoginService).startInteractiveLogin();
    await expect(login).rejects.toMatchObject({ code: 'auth0_unavailable', operation: 'discovery' });
    await vi.waitFor(() => expect(warned).toEqual(Array(2).fill(lookAtDomain('http://127.0.0.1:1'))));
  });

  it('without the "http://" of a local tenant is warned of, with what is missing', async () => {
    const local = await serve(status(200));
    await startAt(local);
    await vi.waitFor(() => expect(warned).toEqual([lookAtDomain(`https://${local}`)]));
    expect(warned[0]).toContain('with "http://" before a local tenant');
  });

  it.each([404, 302, 403, 503])('that answers %s for its metadata is warned of', async (code) => {
    const domain = `http://${await serve(status(code))}`;
    await startAt(domain);
    await vi.waitFor(() => expect(warned).toEqual([lookAtDomain(domain)]));
  });

  it('is named beside another that is wrong as well, and a login that fails there says so again', async () => {
    const domains = [`http://${await serve(status(404))}`, `http://${await serve(status(404))}`];
    const app = await startAt({ allowed: domains, resolve: () => domains[0] ?? '' });
    await vi.waitFor(() => expect(warned).toEqual(domains.map(lookAtDomain)));
    await expect(app.get(LoginService).startInteractiveLogin()).rejects.toThrow('cannot be used');
    expect(warned).toHaveLength(3);
  });

  it.each([
    [200, 'its metadata'],
    [405, 'no HEAD'],
    [429, 'patience'],
  ])('that answers %s, %s, is not, and is asked once', async (code) => {
    const asked: string[] = [];
    const domain = await serve((request, response) => {
      asked.push(`${request.method} ${request.headers.host} ${request.url}`);
      response.writeHead(code, { 'retry-after': '60' }).end();
    });
    const missing = await serve(status(404));
    await startAt({ allowed: [`http://${domain}`, `http://${missing}`], resolve: () => '' });
    await vi.waitFor(() => expect(warned).toEqual([lookAtDomain(`http://${missing}`)]));
    expect(asked).toEqual([`HEAD ${domain} /.well-known/openid-configuration`]);
  });

  it('that is slow keeps the application from nothing: not from its start, and not from its end', async () => {
    const happened: string[] = [];
    const domain = await serve((request) => {
      request.socket.once('close', () => happened.push('left'));
      happened.push('asked');
    });
    const app = await startAt(`http://${domain}`);
    await vi.waitFor(() => expect(happened).toEqual(['asked']));
    await app.close();
    await vi.waitFor(() => expect(happened).toEqual(['asked', 'left']));
    expect(warned).toEqual([]);
  });
});
