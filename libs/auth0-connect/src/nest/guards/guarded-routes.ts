import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError } from '../../errors/index.js';
import { credentialsOf, guardsAt, ownGuardsAt, routeRulesOf } from '../decorators/route-rules.js';
import { scopeRulesOf } from '../decorators/require-scopes.decorator.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import type { Route } from '../request/per-handler.js';

/** Finds at start-up what would show only at a request, or never: decorators that contradict each other or cannot work. */
@Injectable()
export class GuardedRoutes implements OnModuleInit {
  private readonly scanner = new MetadataScanner();

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  /** @throws ConfigurationError that names each handler */
  onModuleInit(): void {
    const classes = [...this.discovery.getControllers(), ...this.discovery.getProviders()]
      .map(({ metatype }) => metatype)
      .filter((metatype): metatype is Type => typeof metatype === 'function' && metatype.prototype !== undefined);
    const problems = [...new Set(classes)].flatMap((metatype) => this.problemsOf(metatype));
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  private problemsOf(controller: Type): string[] {
    const prototype = controller.prototype as Record<string, (() => unknown) | undefined>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (!handler) return [];
      const route: Route = { getClass: () => controller, getHandler: () => handler };
      const place = `${controller.name}.${name}`;
      return [...contradictions(route, place), ...this.unchecked(route, place), ...this.withoutApi(route, place)];
    });
  }

  /** An API without a name takes no access token. */
  private withoutApi(route: Route, place: string): string[] {
    if (!routeRulesOf(route).guards.some((guard) => credentialsOf(guard) !== 'session')) return [];
    return this.instances.of(route).options.apiAudience === undefined
      ? [`apiAudience is missing, and ${place} takes access tokens`]
      : [];
  }

  /** Scopes are looked at by a guard that takes access tokens, and by no other. */
  private unchecked(route: Route, place: string): string[] {
    if (scopeRulesOf(route).length === 0) return [];
    const { guards, isPublic } = routeRulesOf(route);
    const own = guards.length > 0 ? guards : isPublic ? [] : this.globalGuards();
    if (own.some((guard) => credentialsOf(guard) !== 'session')) return [];
    const isGuardedOtherwise = guards.length === 0 && !isPublic && (own.length > 0 || this.hasForeignGuard(route));
    return isGuardedOtherwise
      ? []
      : [
          `${place} has @RequireScopes, which nothing looks at: add @UseGuards(AccessTokenGuard) or SessionOrAccessTokenGuard`,
        ];
  }

  private globalGuards(): Type[] {
    return this.application
      .getGlobalGuards()
      .map((guard) => guard.constructor as Type)
      .filter((type) => credentialsOf(type) !== undefined);
  }

  /** A guard of the application may ask one of ours. */
  private hasForeignGuard(route: Route): boolean {
    const local = [...guardsAt(route.getHandler()), ...guardsAt(route.getClass())];
    return local.length > 0 || this.application.getGlobalGuards().length > 0;
  }
}

/** Two kinds of credentials at one place would both be needed, and who the request is from would be a guess. */
function contradictions(route: Route, place: string): string[] {
  return [route.getHandler(), route.getClass()].flatMap((target) => {
    const kinds = new Set(ownGuardsAt(target).map(credentialsOf));
    if (kinds.size < 2) return [];
    const names = ownGuardsAt(target).map(({ name }) => name);
    return [`${place} has ${names.join(' and ')} at one level: use SessionOrAccessTokenGuard for either`];
  });
}
