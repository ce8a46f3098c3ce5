import { MetadataScanner, type ApplicationConfig, type ModulesContainer } from '@nestjs/core';
import type { Type } from '@nestjs/common';
import type { Route } from '../../nest/request/per-handler.js';
import type { PlacedOperation } from './open-api.js';

/** Where Nest keeps what decorators say. */
const PATH = 'path';
const VERSION = '__version__';

/** Makes the id of an operation, as swagger asks it to. */
export type OperationIdFactory = (controllerKey: string, methodKey: string, version?: string) => string;

type FindHandler = (operation: PlacedOperation) => Route | undefined;
type Versioning = ReturnType<ApplicationConfig['getVersioning']>;

/** Finds the handler of an operation by its id, and by its path where controllers of several modules have one name. */
export function handlersOf(
  modules: ModulesContainer,
  versioning: Versioning,
  operationIdOf: OperationIdFactory,
): FindHandler {
  const byId = new Map<string, Route[]>();
  for (const route of routesOf(modules)) {
    for (const id of idsOf(route, versioning, operationIdOf)) byId.set(id, [...(byId.get(id) ?? []), route]);
  }
  return ({ path, method, operation: { operationId = '' } }) => {
    // Swagger numbers the paths of a handler that has several, and ends those of `@All()` with the method.
    const id = operationId.replace(/\[\d+\]/, '');
    const found = byId.get(id) ?? byId.get(id.replace(new RegExp(`_${method}$`), '')) ?? [];
    return found.toSorted((a, b) => lengthAt(b, path) - lengthAt(a, path))[0];
  };
}

function routesOf(modules: ModulesContainer): Route[] {
  const scanner = new MetadataScanner();
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return [...new Set(controllers.map(({ metatype }) => metatype as Type))].flatMap((controller) => {
    const prototype = controller.prototype as Record<string, () => unknown>;
    return scanner.getAllMethodNames(prototype).map((name): Route => {
      const handler = prototype[name]!;
      return { getClass: <T>() => controller as Type<T>, getHandler: () => handler };
    });
  });
}

/** With each of its versions, as swagger may write it. */
function idsOf(route: Route, versioning: Versioning, operationIdOf: OperationIdFactory): Set<string> {
  const versions: unknown[] = versioning
    ? [metadataOf(VERSION, route.getHandler()) ?? metadataOf(VERSION, route.getClass()) ?? versioning.defaultVersion]
    : [];
  const prefix = versioning && 'prefix' in versioning ? versioning.prefix || '' : 'v';
  const named = versions.flat().filter((version) => typeof version === 'string');
  return new Set(
    [undefined, ...named, ...named.map((version) => `${prefix}${version}`)].map((version) =>
      operationIdOf(route.getClass().name, route.getHandler().name, version),
    ),
  );
}

/** How much of a path is that of the handler; before it may be a global prefix or a version. */
function lengthAt(route: Route, path: string): number {
  const lengths = pathsAt(route.getClass()).flatMap((ofController) =>
    pathsAt(route.getHandler()).map((ofHandler) => {
      const own = asInOpenApi(`${ofController}/${ofHandler}`);
      return path.endsWith(own) ? own.length : -1;
    }),
  );
  return Math.max(...lengths);
}

function pathsAt(place: object): string[] {
  return [metadataOf(PATH, place)].flat().map((path) => (typeof path === 'string' ? path : ''));
}

function asInOpenApi(path: string): string {
  const parts = path.split('/').filter(Boolean);
  return parts.map((part) => `/${part.startsWith(':') ? `{${part.slice(1)}}` : part}`).join('');
}

function metadataOf(key: string, place: object): unknown {
  return Reflect.getMetadata(key, place);
}
