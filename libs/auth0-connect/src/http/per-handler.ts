import type { ExecutionContext } from '@nestjs/common';

/** What decorators say about a handler never changes: it is looked up with the first request and remembered. */
export function perHandler<T>(lookUp: (handler: object, controller: object) => T): (context: ExecutionContext) => T {
  const known = new WeakMap<object, { readonly controller: object; readonly value: T }>();
  return (context) => {
    const handler = context.getHandler();
    const controller = context.getClass();
    const entry = known.get(handler);
    if (entry?.controller === controller) return entry.value; // else inherited by two controllers
    const value = lookUp(handler, controller);
    known.set(handler, { controller, value });
    return value;
  };
}
