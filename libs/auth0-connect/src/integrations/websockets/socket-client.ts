import type { ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../../nest/request/http-request.js';

/** What a handshake has of an HTTP request: Node's own, of either library. */
export type HandshakeRequest = Pick<HttpRequest, 'headers' | 'rawHeaders' | 'url'>;

/** A client as a gateway is given it: a `Socket` of socket.io, or a `WebSocket` of ws. */
export interface GatewayClient {
  /** Both are event emitters. */
  once(event: string, listener: () => void): unknown;
  /** Both have it. */
  emit(event: string, data: unknown): unknown;
  /** Of socket.io: Node's request. */
  readonly request?: HandshakeRequest;
  /** Of socket.io: what the client gave as `auth`. */
  readonly handshake?: {
    /** Whatever it is: `token` is looked at. */
    readonly auth?: Readonly<Record<string, unknown>>;
  };
  /** Of socket.io. */
  readonly connected?: boolean;
  /** Of socket.io. */
  disconnect?(close: boolean): unknown;
  /** Of ws. */
  readonly readyState?: number;
  /** Of ws. */
  send?(message: string): void;
  /** Of ws. */
  close?(code: number, reason: string): unknown;
}

/** RFC 6455 section 7.4.1: the server ends it because of a policy of its own. */
const POLICY_VIOLATION = 1008;
/** Of ws, as of the WebSocket of browsers. */
const CLOSED = 3;

/** Each library has a name of its own for it: with socket.io a client may send a message that is called `close`. */
export function onGone(client: GatewayClient, gone: () => void): void {
  if (client.connected === false || client.readyState === CLOSED) gone();
  else client.once(client.disconnect ? 'disconnect' : 'close', gone);
}

export function closeSocket(client: GatewayClient, reason: string): void {
  if (client.disconnect) client.disconnect(true);
  else client.close?.(POLICY_VIOLATION, reason);
}

/**
 * The handshake as a request that is looked at: always as the upgrade that it leads to, long polling of socket.io included, so
 * that no page of another origin goes by the cookie. A browser cannot set `Authorization`; socket.io has `auth` for that.
 */
export function handshakeOf(client: GatewayClient, given: HandshakeRequest | undefined): HttpRequest | undefined {
  const request = given ?? client.request;
  if (!request) return undefined;
  const { headers, rawHeaders, url = '' } = request;
  const token = client.handshake?.auth?.token;
  const asBearer = typeof token === 'string' && headers.authorization === undefined;
  return {
    method: 'GET',
    originalUrl: url,
    rawHeaders,
    headers: { ...headers, upgrade: 'websocket', ...(asBearer && { authorization: `Bearer ${token}` }) },
  };
}

export function clientOf(context: ExecutionContext): GatewayClient {
  return context.switchToWs().getClient<GatewayClient>();
}
