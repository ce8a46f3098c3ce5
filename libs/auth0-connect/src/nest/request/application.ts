import {
  Inject,
  Injectable,
  type ExecutionContext,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requestOf, type HttpRequest } from './http-request.js';
import { Auth0ConnectInstances, type Auth0ConnectInstance } from './instances.js';
import { RequestNote } from './request-context.js';

/** By what requests show of the application they came to. Two of them may share one Express instance. */
const applications = new WeakMap<object, Auth0ConnectInstances[]>();

/** Makes an application known to the parameter decorators, to which Nest gives no dependency injection. */
@Injectable()
export class KnownApplication implements OnModuleInit, OnApplicationShutdown {
  private shownAs: readonly object[] = [];

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  onModuleInit(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined; // none in a worker
    if (!adapter) return;
    this.shownAs = [adapter.getInstance<object>(), adapter.getHttpServer() as object];
    for (const key of this.shownAs) applications.set(key, [...(applications.get(key) ?? []), this.instances]);
  }

  /** When no request is answered any more: another may begin with the same Express instance. */
  onApplicationShutdown(): void {
    for (const key of this.shownAs) {
      const others = applications.get(key)?.filter((instances) => instances !== this.instances) ?? [];
      applications.set(key, others);
    }
  }
}

/** What a request shows of its application: Fastify's its server, Express' its app, Node's own, with a socket, its server. */
type Showing = HttpRequest & {
  readonly server?: { readonly server: object };
  readonly app?: object;
  readonly socket?: { readonly server?: object };
};

/** Where a request itself shows no application, or one of several: that of its guard. */
const servedBy = new RequestNote<Auth0ConnectInstances>();

/** The parameters of the handler go by the application whose guard has let the request in. */
export function serve(request: HttpRequest, instances: Auth0ConnectInstances): void {
  if (shownBy(request) !== instances) servedBy.set(request, instances);
}

/**
 * The instance behind a parameter decorator. A pipe would have dependency injection, and costs each request more than
 * all that is looked up here.
 * @throws TypeError when the request does not show its application, or the handler names an instance not imported
 */
export function instanceOf(context: ExecutionContext): Auth0ConnectInstance {
  const request = requestOf(context);
  const instances = servedBy.get(request) ?? shownBy(request);
  if (!instances) {
    throw new TypeError('The request does not show which application, with an Auth0ConnectModule, it came to');
  }
  return instances.of(context);
}

/** Nothing is read that need not be: no two of Express' requests have one hidden class, so that each access is dear. */
function shownBy(request: Showing): Auth0ConnectInstances | undefined {
  const key = request.app ?? request.server?.server ?? request.socket?.server;
  const known = key && applications.get(key);
  return known?.length === 1 ? known[0] : undefined;
}
