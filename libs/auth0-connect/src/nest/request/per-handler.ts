import type { ExecutionContext } from '@nestjs/common';

/** A handler and its controller. */
export type Route = Pick<ExecutionContext, 'getHandler' | 'getClass'>;

/** What decorators say about a handler never changes: it is looked up with the first request and remembered. */
export function perHandler<T>(lookUp: (handler: object, controller: object) => T): (route: Route) => T {
  const known = new WeakMap<object, { readonly controller: object; readonly value: T }>();
  return (route) => {
    const handler = route.getHandler();
    const controller = route.getClass();
    const entry = known.get(handler);
    if (entry?.controller === controller) return entry.value; // else inherited by two controllers
    const value = lookUp(handler, controller);
    known.set(handler, { controller, value });
    return value;
  };
}
