import type { Type } from '@nestjs/common';
import { isMarkedPublic, ownGuardsAt, routeRulesOf } from '../decorators/route-rules.js';
import { perHandler, type Route } from '../request/per-handler.js';

/**
 * What a guard does about a handler: `decide`; `step-aside`, because another guard of ours stands nearer to the handler and
 * decides; `leave-open`, because the handler is `@Public()`.
 */
export type Stance = 'decide' | 'step-aside' | 'leave-open';

/** Looked up with the first request to each handler. */
export function stanceOf(guard: object): (route: Route) => Stance {
  const stands = (place: object): boolean => ownGuardsAt(place).some((type) => guard instanceof type);
  return perHandler((handler, controller): Stance => {
    if (stands(handler)) return 'decide';
    if (ownGuardsAt(handler).length > 0) return 'step-aside';
    if (stands(controller)) return isMarkedPublic(handler) ? 'leave-open' : 'decide';
    // Global, or asked by a guard of the application.
    const route = { getHandler: () => handler as () => void, getClass: () => controller as Type };
    const { guards, isPublic } = routeRulesOf(route);
    if (guards.length > 0) return 'step-aside';
    return isPublic ? 'leave-open' : 'decide';
  });
}
