import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { instanceOf, KnownApplication, serve } from './application.js';
import type { HttpRequest } from './http-request.js';
import { Auth0ConnectInstances, type Auth0ConnectInstance } from './instances.js';

const handler = (): void => undefined;

function contextOf(request: object, type = 'http'): ExecutionContext {
  const args = type === 'http' ? [request] : [undefined, {}, { req: request }];
  const getArgByIndex = (index: number): unknown => args[index];
  return {
    getType: () => type,
    getArgByIndex,
    getClass: () => contextOf,
    getHandler: () => handler,
  } as unknown as ExecutionContext;
}

/** An application with one module instance. */
class Application {
  readonly server = {};
  readonly instance: Auth0ConnectInstance;
  readonly instances = new Auth0ConnectInstances();
  private readonly known: KnownApplication;

  /** @param http Express' app or Fastify's root server */
  constructor(readonly http: object = {}) {
    Object.assign(http, { server: this.server });
    const httpAdapter = { getInstance: () => http, getHttpServer: () => this.server };
    this.known = new KnownApplication({ httpAdapter } as unknown as HttpAdapterHost, this.instances);
    const options = { instance: 'default', session: { cookieName: 'auth0_connect_session' } };
    this.instance = { options, routes: {} } as unknown as Auth0ConnectInstance;
    this.instances.register(this.instance);
    this.known.onModuleInit();
  }

  close(): void {
    this.known.onApplicationShutdown();
  }
}

describe('the instance behind a parameter decorator', () => {
  let some: Application;
  let other: Application;
  beforeEach(() => ([some, other] = [new Application(), new Application()]));

  it("is that of Express' app", () => {
    expect(instanceOf(contextOf({ app: some.http }))).toBe(some.instance);
    expect(instanceOf(contextOf({ app: other.http }))).toBe(other.instance);
  });

  it("is that of Fastify's server, also for a route of a plugin, whose server inherits", () => {
    expect(instanceOf(contextOf({ server: some.http }))).toBe(some.instance);
    expect(instanceOf(contextOf({ server: Object.create(other.http) }, 'graphql'))).toBe(other.instance);
  });

  it("is that of the server that a GraphQL subscription's socket is from", () => {
    expect(instanceOf(contextOf({ socket: { server: some.server } }, 'graphql'))).toBe(some.instance);
    expect(instanceOf(contextOf({ socket: { server: other.server } }, 'graphql'))).toBe(other.instance);
  });

  it('is that of the guard which has let the request in, where the request shows nothing', () => {
    const request = { headers: {} } as HttpRequest;
    expect(() => instanceOf(contextOf(request, 'graphql'))).toThrow('does not show which application');
    serve(request, other.instances);
    expect(instanceOf(contextOf(request, 'graphql'))).toBe(other.instance);
  });

  it('is that of the guard, and none without a guard, where two applications share one Express', () => {
    const sharing = new Application(some.http);
    const request = { headers: {}, app: some.http } as unknown as HttpRequest;
    expect(() => instanceOf(contextOf(request))).toThrow(TypeError);
    serve(request, some.instances);
    expect(instanceOf(contextOf(request))).toBe(some.instance);

    some.close();
    expect(instanceOf(contextOf({ app: some.http }))).toBe(sharing.instance);
  });

  it('is none for a request of an application without the module, or of one that is closed', () => {
    expect(() => instanceOf(contextOf({ app: {} }))).toThrow(TypeError);
    some.close();
    expect(() => instanceOf(contextOf({ app: some.http }))).toThrow(TypeError);
  });

  it('is none outside of a request', () => {
    expect(() => instanceOf(contextOf({ app: some.http }, 'rpc'))).toThrow(TypeError);
  });
});

it('a worker, which has no HTTP adapter, starts and stops all the same', () => {
  const worker = new KnownApplication({} as unknown as HttpAdapterHost, new Auth0ConnectInstances());
  expect(() => worker.onModuleInit()).not.toThrow();
  expect(() => worker.onApplicationShutdown()).not.toThrow();
});
