import { once } from 'node:events';
import { Controller, UseFilters, type INestApplication, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport, EventPattern } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AuthRedirectFilter, LoginRequiredError } from 'nestjs-auth0-connect';
import { firstValueFrom, of, switchMap, throwError } from 'rxjs';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { unhandledDuring } from '../support/flows.js';
import { adapters, freePort, TestApp, type TestAppOptions } from '../support/test-app.js';

const gateway = (filter: Parameters<typeof UseFilters>[0]): Type => {
  @WebSocketGateway({ path: '/live' })
  @UseFilters(filter)
  class LiveGateway {
    @SubscribeMessage('hello')
    hello(_data: unknown): unknown {
      return { event: 'hello', data: 'you' };
    }
    @SubscribeMessage('refused')
    refused(_data: unknown): unknown {
      throw new LoginRequiredError();
    }
    @SubscribeMessage('refused-later')
    refusedLater(_data: unknown): unknown {
      return of(1).pipe(switchMap(() => throwError(() => new LoginRequiredError())));
    }
  }
  return LiveGateway;
};

@Controller()
class MessagesController {
  @MessagePattern('hello')
  hello(): string {
    return 'you';
  }
  @MessagePattern('refused')
  refused(): unknown {
    throw new LoginRequiredError();
  }
  @MessagePattern('refused-later')
  refusedLater(): unknown {
    return of(1).pipe(switchMap(() => throwError(() => new LoginRequiredError())));
  }
  @EventPattern('told')
  told(_data: unknown): unknown {
    throw new LoginRequiredError();
  }
}

@Controller()
@UseFilters(AuthRedirectFilter)
class FilteredMessagesController extends MessagesController {}

interface Client {
  /** What comes back for a message. */
  ask(event: string): Promise<{ event: string; data: unknown }>;
  close(): Promise<void> | void;
}

async function socketIo(test: TestApp): Promise<Client> {
  const socket = io(test.url, { path: '/live', transports: ['websocket'], reconnection: false });
  await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
  return {
    ask: (event) =>
      new Promise((resolve) => {
        socket.onAny((name: string, data: unknown) => {
          socket.offAny();
          resolve({ event: name, data });
        });
        socket.emit(event);
      }),
    close: () => void socket.disconnect(),
  };
}

async function plainSocket(test: TestApp): Promise<Client> {
  const socket = new WebSocket(test.at('/live').replace('http:', 'ws:'));
  await once(socket, 'open');
  return {
    ask: async (event) => {
      socket.send(JSON.stringify({ event }));
      const [message] = (await once(socket, 'message')) as [Buffer];
      return JSON.parse(message.toString()) as { event: string; data: unknown };
    },
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

const sockets: [string, (app: INestApplication) => unknown, (test: TestApp) => Promise<Client>][] = [
  ['socket.io', (app) => app.useWebSocketAdapter(new IoAdapter(app)), socketIo],
  ['ws', (app) => app.useWebSocketAdapter(new WsAdapter(app)), plainSocket],
];

describe.each(adapters)('the filter for pages, of an application on %s that serves more than pages', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });
  const start = async (given: TestAppOptions): Promise<TestApp> => (test = await TestApp.start(adapter, given));

  describe.each(sockets)('leaves the errors of a gateway over %s to its clients', (_name, use, connect) => {
    it.each([
      ['the class', AuthRedirectFilter],
      ['one made by hand', new AuthRedirectFilter()],
    ])('with %s on it', async (_how, filter) => {
      const app = await start({ providers: [gateway(filter)], configure: (nest) => void use(nest) });
      const client = await connect(app);
      const unhandled = await unhandledDuring(async () => {
        for (const event of ['refused', 'refused-later', 'refused']) {
          const { event: name, data } = await client.ask(event);
          expect(name).toBe('exception');
          expect(data).toMatchObject({ status: 'error', errorCode: 'login_required', message: 'Log in to continue' });
        }
        expect(await client.ask('hello'), 'it goes on').toEqual({ event: 'hello', data: 'you' });
      });
      await client.close();
      expect(unhandled).toEqual([]);
    });
  });

  it.each([
    ['on the controller', { controllers: [FilteredMessagesController] }],
    [
      'as APP_FILTER',
      { controllers: [MessagesController], providers: [{ provide: APP_FILTER, useClass: AuthRedirectFilter }] },
    ],
    [
      'made by hand for the whole application',
      {
        controllers: [MessagesController],
        configure: (app: INestApplication) => void app.useGlobalFilters(new AuthRedirectFilter()),
      },
    ],
  ])('leaves the errors of message handlers to their callers (%s)', async (_how, given: TestAppOptions) => {
    const app = await start(given);
    const options = { host: 'localhost', port: await freePort() };
    app.app.connectMicroservice({ transport: Transport.TCP, options }, { inheritAppConfig: true });
    await app.app.startAllMicroservices();
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    const ask = (pattern: string): Promise<unknown> => firstValueFrom(client.send<unknown>(pattern, {}));

    const unhandled = await unhandledDuring(async () => {
      for (const pattern of ['refused', 'refused-later']) {
        await expect(ask(pattern)).rejects.toMatchObject({ status: 'error', message: expect.any(String) });
      }
      await firstValueFrom(client.emit('told', {}), { defaultValue: undefined });
      expect(await ask('hello'), 'it goes on').toBe('you');
    });
    client.close();
    expect(unhandled).toEqual([]);
  });
});
