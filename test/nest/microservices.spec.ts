import { Controller, Module, UseFilters, type INestMicroservice } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport, type ClientProxy } from '@nestjs/microservices';
import {
  AccessTokenGuard,
  ConnectionRequiredError,
  ErrorMessageFilter,
  Public,
  SessionGuard,
  SessionOrAccessTokenGuard,
} from 'nestjs-auth0-connect';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { API_AUDIENCE, TestApp } from '../support/test-app.js';

const failing = (): never => {
  throw new ConnectionRequiredError({
    connection: 'github',
    scopes: ['repo'],
    connectUrl: 'https://app.example.com/c',
  });
};

@Controller()
class RepositoriesController {
  @MessagePattern('told')
  @UseFilters(ErrorMessageFilter)
  told(): never {
    return failing();
  }

  @MessagePattern('masked')
  masked(): never {
    return failing();
  }

  @MessagePattern('another')
  @UseFilters(ErrorMessageFilter)
  another(): never {
    throw new Error('with a secret in it');
  }
}

@Controller()
class GuardedController {
  @MessagePattern('guarded')
  guarded(): string {
    return 'guarded';
  }

  @MessagePattern('public')
  @Public()
  public(): string {
    return 'public';
  }
}

@Module({ controllers: [RepositoriesController] })
class RepositoriesModule {}

describe('a message handler', () => {
  let service: INestMicroservice;
  let client: ClientProxy;
  const answerTo = (pattern: string): Promise<unknown> =>
    firstValueFrom(client.send(pattern, {})).catch((error: unknown) => error);

  beforeAll(async () => {
    const options = { host: '127.0.0.1', port: await freePort() };
    service = await NestFactory.createMicroservice(RepositoriesModule, {
      transport: Transport.TCP,
      options,
      logger: false,
    });
    await service.listen();
    client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  });
  afterAll(async () => {
    client.close();
    await service.close();
  });

  it('answers with the code and what puts it right behind the filter', async () => {
    expect(await answerTo('told')).toEqual({
      status: 'error',
      statusCode: 403,
      message: 'Connect an account of "github" to continue',
      errorCode: 'connection_required',
      connection: 'github',
      scopes: ['repo'],
      connectUrl: 'https://app.example.com/c',
    });
  });

  it('has its codes masked without it, and other errors in any case', async () => {
    expect(await answerTo('masked')).toEqual({ status: 'error', message: 'Internal server error' });
    expect(await answerTo('another')).toEqual({ status: 'error', message: 'Internal server error' });
  });
});

describe.each([SessionGuard, AccessTokenGuard, SessionOrAccessTokenGuard])('where %o is global', (guard) => {
  it('a message handler is closed, and open when it is public', async () => {
    const options = { host: '127.0.0.1', port: await freePort() };
    const test = await TestApp.start('Express', {
      options: { apiAudience: API_AUDIENCE },
      controllers: [GuardedController],
      providers: [{ provide: APP_GUARD, useExisting: guard }],
      configure: (app) => {
        app.connectMicroservice({ transport: Transport.TCP, options }, { inheritAppConfig: true });
      },
      beforeListen: (app) => app.startAllMicroservices(),
    });
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    try {
      expect(await firstValueFrom(client.send('public', {}))).toBe('public');
      await expect(firstValueFrom(client.send('guarded', {}))).rejects.toMatchObject({ status: 'error' });
    } finally {
      client.close();
      await test.stop();
    }
  });
});
