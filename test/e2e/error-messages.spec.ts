import { once } from 'node:events';
import { Controller, Get, UseFilters, type INestApplication, type Type } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ConnectionRequiredError, ErrorMessageFilter } from 'nestjs-auth0-connect';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Person } from '../support/person.js';
import { adapters, freePort, TestApp } from '../support/test-app.js';

const OFFER = { connection: 'github', scopes: ['repo'], connectUrl: 'https://app.example.com/connect' };
const TOLD = { errorCode: 'connection_required', statusCode: 403, ...OFFER };

function refuse(): never {
  throw new ConnectionRequiredError(OFFER);
}

const gateway = (): Type => {
  @WebSocketGateway({ path: '/live' })
  @UseFilters(ErrorMessageFilter)
  class LiveGateway {
    @SubscribeMessage('refused')
    refused(_data: unknown): unknown {
      return refuse();
    }
  }
  return LiveGateway;
};

@Controller('refused')
@UseFilters(ErrorMessageFilter)
class RefusingController {
  @Get()
  page(): unknown {
    return refuse();
  }

  @MessagePattern('refused')
  message(): unknown {
    return refuse();
  }
}

async function askSocketIo(test: TestApp): Promise<unknown> {
  const socket = io(test.url, { path: '/live', transports: ['websocket'], reconnection: false });
  const told = new Promise((resolve) => socket.on('exception', resolve));
  socket.emit('refused');
  return told.finally(() => socket.disconnect());
}

async function askPlainSocket(test: TestApp): Promise<unknown> {
  const socket = new WebSocket(test.at('/live').replace('http:', 'ws:'));
  await once(socket, 'open');
  socket.send(JSON.stringify({ event: 'refused' }));
  const [message] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return (JSON.parse(message.toString()) as { data: unknown }).data;
}

describe.each(adapters)('an error of the library, on %s, is told with its code and details', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  it.each([
    ['socket.io', (app: INestApplication) => void app.useWebSocketAdapter(new IoAdapter(app)), askSocketIo],
    ['ws', (app: INestApplication) => void app.useWebSocketAdapter(new WsAdapter(app)), askPlainSocket],
  ])('to a client over %s', async (_name, configure, ask) => {
    test = await TestApp.start(adapter, { providers: [gateway()], configure });
    expect(await ask(test)).toMatchObject({ status: 'error', ...TOLD });
  });

  it('to the caller of a message handler, and to that of a page as ever', async () => {
    test = await TestApp.start(adapter, { controllers: [RefusingController] });
    const options = { host: 'localhost', port: await freePort() };
    test.app.connectMicroservice({ transport: Transport.TCP, options });
    await test.app.startAllMicroservices();
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    await expect(firstValueFrom(client.send<unknown>('refused', {}))).rejects.toMatchObject({
      status: 'error',
      ...TOLD,
    });
    client.close();
    const page = await new Person().request(test.at('/refused'));
    expect([page.status, page.json()]).toEqual([403, expect.objectContaining(TOLD)]);
  });
});
