import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { Type } from '@nestjs/common';
import { accessRulesOf } from '../../nest/decorators/access-rules.js';
import { requiredOf, wantedAt } from '../../nest/decorators/wanted-tokens.js';
import { credentialsOf, routeRulesOf } from '../../nest/decorators/route-rules.js';
import { Auth0ConnectInstances, type Auth0ConnectInstance } from '../../nest/request/instances.js';
import type { Route } from '../../nest/request/per-handler.js';
import type { Credentials } from '../../nest/request/request-subject.js';
import type { RouteName } from '../../options/routes.js';
import { answersTo, SCHEMAS, type Need } from './answers.js';
import { handlersOf, type OperationIdFactory } from './handlers.js';
import { operationsOf, type Document, type Operation } from './open-api.js';
import { OWN_ROUTES, type OwnParameter } from './own-routes.js';

/** As far as an application is needed here: `INestApplication`. */
export interface DescribedApplication {
  /** Nest's own. */
  get<T>(token: unknown, options?: { strict?: boolean }): T;
}

/** What cannot be told by the document. */
export interface DescribeOptions {
  /** The same as of `SwaggerModule.createDocument`, where that is given one. Default: Nest's own, `Controller_method`. */
  operationIdFactory?: OperationIdFactory;
}

/**
 * Adds to an OpenAPI document what this library makes of an application's routes: security schemes, what each handler lets in
 * by, the bodies of 401 and 403, and parameters and answers of the library's own routes. What a handler already says by
 * `@ApiResponse` stays as it is. The document is plain JSON; nothing of `@nestjs/swagger` is needed here.
 * @param document what `SwaggerModule.createDocument` has made
 * @param app the application
 * @returns the same document
 * @see https://docs.nestjs.com/openapi/introduction
 *
 * @example
 * const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Calendar').build());
 * SwaggerModule.setup('docs', app, describeAuth0Connect(document, app));
 */
export function describeAuth0Connect<OpenApi extends object>(
  document: OpenApi,
  app: DescribedApplication,
  { operationIdFactory = defaultOperationId }: DescribeOptions = {},
): OpenApi {
  const api = document as Document;
  const instances = app.get<Auth0ConnectInstances>(Auth0ConnectInstances, { strict: false });
  const config = app.get<ApplicationConfig>(ApplicationConfig, { strict: false });
  const modules = app.get<ModulesContainer>(ModulesContainer, { strict: false });
  const handlerOf = handlersOf(modules, config.getVersioning(), operationIdFactory);
  const globalCredentials = globalCredentialsOf(config);
  const scopes = new Set<string>();

  for (const placed of operationsOf(api)) {
    const { operation } = placed;
    const route = handlerOf(placed);
    if (!route || !instances.find(route)) continue;
    const need = needOf(route, globalCredentials);
    if (need) protect(operation, need, instances.of(route));
    for (const scope of need?.scopes ?? []) scopes.add(scope);
  }
  for (const instance of instances.all()) describeOwnRoutes(api, instance, config.getGlobalPrefix());
  api.components = {
    ...api.components,
    securitySchemes: { ...schemesOf(instances.all(), [...scopes]), ...api.components?.securitySchemes },
    schemas: { ...SCHEMAS, ...api.components?.schemas },
  };
  return document;
}

/** What a handler needs of a request; undefined where no guard of ours stands in front. */
function needOf(route: Route, globalCredentials: Credentials | undefined): Need | undefined {
  const { guards, isPublic } = routeRulesOf(route);
  const credentials = guards[0] ? credentialsOf(guards[0]) : globalCredentials;
  if (credentials === undefined || isPublic) return undefined;
  const rules = accessRulesOf(route);
  return {
    credentials,
    connections: [...requiredOf(route), ...wantedAt(route.getHandler())].map(({ connection }) => connection),
    scopes: rules.filter(({ of }) => of === 'scopes').flatMap(({ names }) => names),
    permissions: rules.filter(({ of }) => of === 'permissions').flatMap(({ names }) => names),
  };
}

function protect(operation: Operation, need: Need, instance: Auth0ConnectInstance): void {
  operation.security ??= securityOf(need, instance);
  operation.responses = { ...answersTo(need), ...operation.responses };
}

function securityOf({ credentials, scopes }: Need, instance: Auth0ConnectInstance): Record<string, string[]>[] {
  const session = { [schemeName('session', instance)]: [] };
  const token = { [schemeName('access-token', instance)]: [...scopes] };
  if (credentials === 'either') return [session, token];
  return [credentials === 'session' ? session : token];
}

function schemesOf(instances: readonly Auth0ConnectInstance[], scopes: readonly string[]): Record<string, unknown> {
  const schemes: Record<string, unknown> = {};
  for (const instance of instances) {
    const { session, issuerOrigins, apiAudience } = instance.options;
    schemes[schemeName('session', instance)] = {
      type: 'apiKey',
      in: 'cookie',
      name: session.cookieName,
      description: 'A login session. A browser gets it by the login route.',
    };
    if (apiAudience === undefined) continue;
    const [issuer] = issuerOrigins;
    schemes[schemeName('access-token', instance)] = {
      type: 'oauth2',
      description: `An access token of Auth0 for the audience ${apiAudience}.`,
      flows: {
        authorizationCode: {
          authorizationUrl: `${issuer}/authorize?audience=${encodeURIComponent(apiAudience)}`,
          tokenUrl: `${issuer}/oauth/token`,
          scopes: Object.fromEntries(scopes.map((scope) => [scope, scope])),
        },
      },
    };
  }
  return schemes;
}

function schemeName(kind: 'session' | 'access-token', { options: { instance } }: Auth0ConnectInstance): string {
  return instance === 'default' ? `auth0-${kind}` : `auth0-${kind}-${instance}`;
}

/** Which paths are ours is known by the options, and swagger knows no more of them than their paths. */
function describeOwnRoutes(api: Document, instance: Auth0ConnectInstance, globalPrefix: string): void {
  for (const [name, path] of Object.entries(instance.routes) as [RouteName, string | undefined][]) {
    const told = OWN_ROUTES[name];
    if (path === undefined || !told) continue;
    for (const { path: at, method, operation } of operationsOf(api)) {
      const isOurs = [path, `${globalPrefix.replace(/^\//, '')}/${path}`].some((own) =>
        [`/${own}`, `/${own}/{${told.parameter}}`].includes(at),
      );
      const route = told.methods[method];
      if (!isOurs || !route) continue;
      const { credentials, connections = [], parameters, ...described } = route;
      Object.assign(operation, {
        tags: ['Auth0'],
        ...described,
        ...(parameters && { parameters: placedAt(at, parameters) }),
      });
      if (credentials) protect(operation, { credentials, connections, scopes: [], permissions: [] }, instance);
    }
  }
}

/** A parameter that is not part of this path comes in the query. */
function placedAt(path: string, parameters: readonly OwnParameter[]): object[] {
  return parameters.map((parameter) =>
    parameter.in === 'path' && !path.includes(`{${parameter.name}}`) ? { ...parameter, in: 'query' } : parameter,
  );
}

/** Of the global guards that are ours, the first: two of a kind are found at start-up. */
function globalCredentialsOf(config: ApplicationConfig): Credentials | undefined {
  const made = config.getGlobalGuards().map((guard) => guard.constructor as Type);
  const perRequest = config.getGlobalRequestGuards().map(({ metatype }) => metatype as Type);
  return [...made, ...perRequest].map(credentialsOf).find((credentials) => credentials !== undefined);
}

/** As swagger's own. */
function defaultOperationId(controllerKey: string, methodKey: string, version?: string): string {
  return [controllerKey, methodKey, ...(version === undefined ? [] : [version])].join('_');
}
