import { once } from 'node:events';
import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { bearer } from './api-app.js';
import type { TestApp } from './test-app.js';

export const ENDED = { errorCode: 'login_required', statusCode: 401 };

/** A client of either library, as far as it is needed here. */
export interface Client {
  /** Resolves to what is answered, an `exception` included; to `closed` where there is no answer. */
  ask(event: string): Promise<unknown>;
  /** What has come that nobody has asked for, once it is closed. */
  readonly closed: Promise<unknown[]>;
  /** A message that nothing answers. */
  tell(event: string): void;
  close(): void;
}

/** Where it is opened to. */
export type Opened = Pick<TestApp, 'url'>;
type Open = (test: Opened, headers?: Record<string, string>, token?: string, path?: string) => Client;

const openSocketIo =
  (transports: string[]): Open =>
  (test, headers, token, path = '/live') => {
    const socket = io(test.url, {
      path,
      transports,
      reconnection: false,
      forceNew: true,
      extraHeaders: headers,
      auth: token === undefined ? undefined : { token },
    });
    const told: unknown[] = [];
    socket.on('exception', (data) => told.push(data));
    const closed = new Promise<unknown[]>((resolve) => {
      socket.on('disconnect', () => resolve(told));
      socket.on('connect_error', () => resolve(told));
    });
    const ask = (event: string): Promise<unknown> => {
      const answered = new Promise((resolve) => {
        socket.once('answer', resolve);
        socket.once('exception', resolve);
      });
      socket.emit(event, {});
      return Promise.race([answered, closed.then(() => 'closed')]);
    };
    return { ask, closed, tell: (event) => void socket.emit(event, {}), close: () => void socket.disconnect() };
  };

function read(raw: Buffer): { event: string; data: unknown } {
  return JSON.parse(raw.toString()) as { event: string; data: unknown };
}

const openWs: Open = (test, headers, token, path = '/live') => {
  const socket = new WebSocket(new URL(path, test.url.replace('http:', 'ws:')), {
    headers: { ...headers, ...(token !== undefined && bearer(token)) },
  });
  const told: unknown[] = [];
  const opened = once(socket, 'open');
  socket.on('message', (raw: Buffer) => told.push(read(raw).data));
  const closed = new Promise<unknown[]>((resolve) => socket.on('close', () => resolve(told)));
  const ask = async (event: string): Promise<unknown> => {
    await opened;
    const answered = once(socket, 'message').then(([raw]) => read(raw as Buffer).data);
    socket.send(JSON.stringify({ event, data: {} }));
    return Promise.race([answered, closed.then(() => 'closed')]);
  };
  return {
    ask,
    closed,
    tell: (event) => socket.send(JSON.stringify({ event, data: {} })),
    close: () => socket.close(),
  };
};

export const libraries: [string, (app: INestApplication) => unknown, Open][] = [
  ['socket.io', (app) => app.useWebSocketAdapter(new IoAdapter(app)), openSocketIo(['websocket'])],
  ['socket.io by long polling', (app) => app.useWebSocketAdapter(new IoAdapter(app)), openSocketIo(['polling'])],
  ['ws', (app) => app.useWebSocketAdapter(new WsAdapter(app)), openWs],
];
