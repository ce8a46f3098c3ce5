import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { Auth0ConnectModule } from 'nestjs-auth0-connect';
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
      await expect(start(appWith({ ...options, entities: AUTH0_CONNECT_ENTITIES }))).rejects.toThrow(
        'migrations: [...AUTH0_CONNECT_MIGRATIONS]',
      );
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
