import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Auth0ConnectInstances, instanceOf, type Auth0ConnectInstance } from './instances.js';

const handler = (): void => undefined;

function contextOf(request: object, type = 'http'): ExecutionContext {
  const args = type === 'http' ? [request] : [undefined, {}, { req: request }];
  const getArgByIndex = (index: number): unknown => args[index];
  return {
    getType: () => type,
    getArgByIndex,
    getClass: () => instanceOf,
    getHandler: () => handler,
  } as unknown as ExecutionContext;
}

/** An application with one module instance. */
function start(app: object, server: object): Auth0ConnectInstance {
  const httpAdapter = { getInstance: () => app, getHttpServer: () => server };
  const instances = new Auth0ConnectInstances({ httpAdapter } as unknown as HttpAdapterHost);
  const options = { instance: 'default', session: { cookieName: 'auth0_connect_session' } };
  const instance = { options, routes: {} } as unknown as Auth0ConnectInstance;
  instances.register(instance);
  instances.onModuleInit();
  return instance;
}

describe('the instance behind a parameter decorator', () => {
  const [app, server] = [{}, {}];
  const [otherApp, otherServer] = [{}, {}];
  let instance: Auth0ConnectInstance;
  let other: Auth0ConnectInstance;
  beforeAll(() => {
    instance = start(app, server);
    other = start(otherApp, otherServer);
  });

  it("is that of Express' app", () => {
    expect(instanceOf(contextOf({ app }))).toBe(instance);
    expect(instanceOf(contextOf({ app: otherApp }))).toBe(other);
  });

  it("is that of Fastify's server", () => {
    expect(instanceOf(contextOf({ server: app }))).toBe(instance);
    expect(instanceOf(contextOf({ server: otherApp }))).toBe(other);
  });

  it("is that of the server that a GraphQL subscription's socket is from", () => {
    expect(instanceOf(contextOf({ socket: { server } }, 'graphql'))).toBe(instance);
    expect(instanceOf(contextOf({ socket: { server: otherServer } }, 'graphql'))).toBe(other);
  });

  it('is none for a request of an application without the module', () => {
    expect(() => instanceOf(contextOf({ app: {} }))).toThrow(TypeError);
    expect(() => instanceOf(contextOf({ headers: {} }))).toThrow('shows no application');
  });

  it('is none outside of a request', () => {
    expect(() => instanceOf(contextOf({ app }, 'rpc'))).toThrow(TypeError);
  });
});

it('starts in a worker, which has no HTTP adapter', () => {
  const instances = new Auth0ConnectInstances({} as unknown as HttpAdapterHost);
  expect(() => instances.onModuleInit()).not.toThrow();
});
