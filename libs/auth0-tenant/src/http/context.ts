import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { RecordedRequest } from '../state/recorded-request.js';
import { isRecord } from '../values.js';

/** The request and answer as oidc-provider's own (Koa) pipeline hands them round. */
export type Context = Parameters<Parameters<Provider['use']>[0]>[0];

/** Carries on with the rest of the pipeline. */
export type Next = () => Promise<unknown>;

/** One step of the pipeline. */
export type Middleware = (ctx: Context, next: Next) => Promise<void>;

/** A context inside oidc-provider's own steps, where `ctx.oidc` exists. */
export type OidcContext = KoaContextWithOIDC;

/** What is known of a request before anybody handles it. */
export interface ReceivedRequest {
  record: RecordedRequest;
  /** The body's bytes. */
  raw: Buffer;
  /** `application/json`, `application/x-www-form-urlencoded`, ... or nothing. */
  contentType: string | undefined;
}

const received = new WeakMap<IncomingMessage, ReceivedRequest>();

/** Remembers what was read of a request. */
export function setReceived(ctx: Context, request: ReceivedRequest): void {
  received.set(ctx.req, request);
}

/** What was read of this request when it arrived. */
export function receivedRequest(ctx: { req: IncomingMessage }): ReceivedRequest {
  const request = received.get(ctx.req);
  if (!request) throw new Error('the request has not been read yet');
  return request;
}

/** The body as an object of parameters, empty when there was none. */
export function bodyParameters(ctx: { req: IncomingMessage }): Record<string, unknown> {
  const { body } = receivedRequest(ctx).record;
  return isRecord(body) ? body : {};
}

/** The client's TLS certificate as PEM, when it presented one. */
export function clientCertificate(ctx: { req: IncomingMessage }): string | undefined {
  return ctx.req.socket instanceof TLSSocket ? ctx.req.socket.getPeerX509Certificate()?.toString() : undefined;
}
