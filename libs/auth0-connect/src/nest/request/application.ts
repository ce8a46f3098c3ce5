import { Inject, Injectable, type HttpServer, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpRequest } from './http-request.js';
import { Auth0ConnectInstances } from './instances.js';

/** Where an adapter's own objects say which application they serve. Two applications may share one Express instance. */
const APPLICATIONS = Symbol('auth0-connect:applications');

type Marked = { [APPLICATIONS]?: readonly Auth0ConnectInstances[] };

/** What a request shows of its adapter: Fastify's its server, Express' its app, Node's own, with a socket, its server. */
type AdapterRequest = HttpRequest & {
  readonly server?: Marked;
  readonly app?: Marked;
  readonly socket?: { readonly server?: Marked };
};

/** Marks the adapter, so that a parameter decorator finds the application: Nest gives it no dependency injection. */
@Injectable()
export class ApplicationRegistrar implements OnModuleInit, OnApplicationShutdown {
  private marked: readonly Marked[] = [];

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  onModuleInit(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined; // none in a worker
    if (!adapter) return;
    this.instances.httpAdapter = adapter;
    this.marked = [adapter.getInstance<Marked>(), adapter.getHttpServer() as Marked];
    for (const object of this.marked) mark(object, [...(object[APPLICATIONS] ?? []), this.instances]);
  }

  /** When no request is answered any more: another may begin with the same Express instance. */
  onApplicationShutdown(): void {
    for (const object of this.marked) {
      mark(object, object[APPLICATIONS]?.filter((instances) => instances !== this.instances) ?? []);
    }
  }
}

function mark(object: Marked, applications: readonly Auth0ConnectInstances[]): void {
  Object.defineProperty(object, APPLICATIONS, { value: applications, configurable: true, enumerable: false });
}

/**
 * The application that a request came to.
 * @throws TypeError when the request shows none with an Auth0ConnectModule, or one of several
 */
export function applicationOf(request: HttpRequest): Auth0ConnectInstances {
  const applications = applicationsOf(request);
  if (applications.length === 1 && applications[0]) return applications[0];
  throw new TypeError(
    applications.length === 0
      ? 'The request does not show an application with an Auth0ConnectModule. Import it in the root module'
      : 'Several applications share this adapter: put a guard of this library in front of the handler',
  );
}

/** The adapter of the application that a request came to, where it shows one. */
export function adapterOf(request: HttpRequest): HttpServer | undefined {
  return applicationsOf(request)[0]?.httpAdapter;
}

/** Nothing is read that need not be: no two of Express' requests have one hidden class, so that each access costs time. */
function applicationsOf(request: HttpRequest): readonly Auth0ConnectInstances[] {
  const shown = request as AdapterRequest;
  return (shown.app ?? shown.server ?? shown.socket?.server)?.[APPLICATIONS] ?? [];
}
