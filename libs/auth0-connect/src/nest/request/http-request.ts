import type { ExecutionContext } from '@nestjs/common';

/** What Express' and Fastify's requests have in common, as far as it is used here. */
export interface HttpRequest {
  /** In capitals. */
  readonly method: string;
  /** Path and query as they arrived. */
  readonly originalUrl: string;
  /** Express: the path below which the application is mounted. */
  readonly baseUrl?: string;
  /** Of Node's own request, which an upgrade to a socket brings. */
  readonly url?: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, with every repetition. */
  readonly rawHeaders?: readonly string[];
  /** Node's own request, in Fastify's. */
  readonly raw?: {
    /** As above. */
    readonly rawHeaders?: readonly string[];
  };
}

/** What a GraphQL driver hands to a resolver as its context, by the names that drivers use. */
interface GraphqlContext {
  readonly req?: HttpRequest & { readonly extra?: { readonly request?: HttpRequest } };
  readonly request?: HttpRequest;
  readonly reply?: { readonly request?: HttpRequest };
  readonly extra?: { readonly request?: HttpRequest };
}

/** What carries an HTTP request without being one: the context of a tool handler of an MCP server, say. */
interface RequestCarrier {
  getRawRequest(): unknown;
}

/**
 * The request behind a handler: over HTTP, GraphQL, or in a context that gives it by `getRawRequest()`.
 * @throws TypeError for any other kind: what cannot be checked is not let through
 */
export function requestOf(context: ExecutionContext): HttpRequest {
  const request = findRequest(context);
  if (request) return request;
  const type = context.getType<string>();
  throw new TypeError(`Who a request is from is found by its headers, and a "${type}" context has no such request`);
}

/** The same, and undefined for any other kind: for whoever lets it through in any case. */
export function findRequest(context: ExecutionContext): HttpRequest | undefined {
  const type = context.getType<string>();
  // As `switchToHttp().getRequest()`, which makes three functions each time.
  if (type === 'http') return context.getArgByIndex<HttpRequest>(0);
  return type === 'graphql' ? graphqlRequestOf(context) : carriedRequestOf(context);
}

/**
 * What all that is known of a request lies on, for as long as it is true: the request itself, but not where one request
 * brings several operations one after the other. A socket's upgrade is the request of all its messages.
 */
export function operationOf(context: ExecutionContext): object {
  const type = context.getType<string>();
  if (type === 'http') return context.getArgByIndex<object>(0);
  // Made anew for each execution of an operation, and the same for all fields of it.
  const info = type === 'graphql' ? context.getArgByIndex<{ variableValues?: object } | undefined>(3) : undefined;
  if (info?.variableValues) return info.variableValues;
  return carrierOf(context) ?? context;
}

function graphqlRequestOf(context: ExecutionContext): HttpRequest | undefined {
  const given = context.getArgByIndex<GraphqlContext | undefined>(2);
  const request =
    given?.req?.extra?.request ?? given?.extra?.request ?? given?.req ?? given?.request ?? given?.reply?.request;
  return hasHeaders(request) ? request : undefined;
}

function carriedRequestOf(context: ExecutionContext): HttpRequest | undefined {
  const request = carrierOf(context)?.getRawRequest();
  return hasHeaders(request) ? request : undefined;
}

function carrierOf(context: ExecutionContext): RequestCarrier | undefined {
  return context
    .getArgs<unknown[]>()
    .find(
      (argument): argument is RequestCarrier =>
        typeof (argument as Partial<RequestCarrier> | null | undefined)?.getRawRequest === 'function',
    );
}

function hasHeaders(request: unknown): request is HttpRequest {
  return typeof request === 'object' && request !== null && typeof (request as HttpRequest).headers === 'object';
}

/** Path and query below the application's own root, whatever it is mounted at. */
export function addressIn({ originalUrl, baseUrl, url }: HttpRequest): string {
  const address = originalUrl ?? url ?? '';
  return baseUrl && address.startsWith(`${baseUrl}/`) ? address.slice(baseUrl.length) : address;
}
