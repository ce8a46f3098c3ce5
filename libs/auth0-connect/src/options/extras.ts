import type { Auth0ConnectExtras } from './auth0-connect-options.js';
import { readInstanceName, DEFAULT_INSTANCE } from './instance-name.js';
import { OptionsCheck } from './options-check.js';
import { resolveRoutes, type ResolvedRoutes, type RouteDecorators } from './routes.js';

/** What Nest has to know before it wires the module, checked. */
export interface ResolvedExtras {
  readonly instance: string;
  readonly routes: ResolvedRoutes;
  readonly decorators: RouteDecorators;
  readonly dataSourceName: string | undefined;
  readonly isGlobal: boolean;
  /** For `resolveOptions`, which says them with its own. */
  readonly problems: readonly string[];
}

/** Throws nothing: the module is wired with what can be used, so that it starts far enough to say everything at once. */
export function resolveExtras({ name, routes: paths, dataSourceName, isGlobal }: Auth0ConnectExtras): ResolvedExtras {
  const check = new OptionsCheck();
  const instance = readInstanceName(name, check);
  const { routes, decorators, problems } = resolveRoutes(paths, instance === DEFAULT_INSTANCE ? undefined : instance);
  check.add(...problems);
  const isName = typeof dataSourceName === 'string' && dataSourceName !== '';
  if (dataSourceName !== undefined && !isName) check.add('dataSourceName must be the name of a data source of TypeORM');
  return {
    instance,
    routes,
    decorators,
    dataSourceName: isName ? dataSourceName : undefined,
    isGlobal: check.boolean('isGlobal', isGlobal, true),
    problems: check.problems,
  };
}
