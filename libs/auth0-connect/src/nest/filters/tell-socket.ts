import type { HttpException } from '@nestjs/common';

/** A client of socket.io or of ws: both emit, and of a plain socket that reaches nobody. */
export interface SocketClient {
  readonly readyState?: number;
  send?(message: string): void;
  emit(event: string, data: unknown): void;
}

/** As Nest's own filter for gateways does, which is in a package that not every application has. */
export function tellSocket(error: HttpException, client: SocketClient): void {
  const data = messageOf(error);
  if (client.readyState !== undefined && client.send) client.send(JSON.stringify({ event: 'exception', data }));
  else client.emit('exception', data);
}

/** What an API would answer, as messages of an error are. */
export function messageOf(error: HttpException): object {
  return { status: 'error', ...(error.getResponse() as object) };
}
