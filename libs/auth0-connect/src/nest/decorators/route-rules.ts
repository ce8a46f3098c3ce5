import type { CanActivate, Type } from '@nestjs/common';
import { perHandler } from '../request/per-handler.js';
import type { Credentials } from '../request/request-subject.js';

/** Where Nest keeps what `@UseGuards` was given. */
const NEST_GUARDS = '__guards__';
/** On the prototype of each guard of ours: what it lets a request in by. */
export const GUARD_CREDENTIALS = Symbol('auth0-connect:guard-credentials');
export const PUBLIC = 'auth0-connect:public';

type Guard = Type<CanActivate> | CanActivate;

/** What decorators say of who may come in to a handler, as far as it is for this library. */
export interface RouteRules {
  /** Guards of ours at the place nearest to the handler that has any; none where only global ones stand in front. */
  readonly guards: readonly Type[];
  /** `@Public()`, on the handler or further out than its guards, opens nothing: a guard nearer to the handler wins. */
  readonly isPublic: boolean;
}

/**
 * A guard of ours on a handler wins over one on its controller, and both over a global one. `@Public()` opens a handler for
 * guards further out than where it stands itself.
 */
export const routeRulesOf = perHandler((handler, controller): RouteRules => {
  const onHandler = ownGuardsAt(handler);
  const onController = ownGuardsAt(controller);
  if (onHandler.length > 0) return { guards: onHandler, isPublic: false };
  const isPublicHandler = isMarkedPublic(handler);
  if (onController.length > 0) return { guards: onController, isPublic: isPublicHandler };
  return { guards: [], isPublic: isPublicHandler || isMarkedPublic(controller) };
});

/** What the guards of a handler look at; undefined where it has none of its own. */
export const declaredCredentialsOf = perHandler((handler, controller): Credentials | undefined => {
  const [guard] = routeRulesOf({ getHandler: () => handler as () => void, getClass: () => controller as Type }).guards;
  return guard && credentialsOf(guard);
});

/** Guards of this library, and classes of the application that extend them, among what `@UseGuards` was given here. */
export function ownGuardsAt(place: object): Type[] {
  return guardsAt(place)
    .map(typeOf)
    .filter((type) => credentialsOf(type) !== undefined);
}

export function typeOf(guard: Guard): Type {
  return (typeof guard === 'function' ? guard : guard.constructor) as Type;
}

/** All that `@UseGuards` was given here. */
export function guardsAt(place: object): readonly Guard[] {
  return (Reflect.getMetadata(NEST_GUARDS, place) as Guard[] | undefined) ?? [];
}

export function credentialsOf(guard: Type): Credentials | undefined {
  return (guard.prototype as { [GUARD_CREDENTIALS]?: Credentials } | undefined)?.[GUARD_CREDENTIALS];
}

export function isMarkedPublic(place: object): boolean {
  return (Reflect.getMetadata(PUBLIC, place) as boolean | undefined) ?? false;
}
