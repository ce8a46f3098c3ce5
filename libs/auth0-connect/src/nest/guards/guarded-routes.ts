import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { IAuthGuard } from '@nestjs/passport';
import { ConfigurationError } from '../../errors/index.js';
import { credentialsOf, guardsAt, ownGuardsAt, routeRulesOf, typeOf } from '../decorators/route-rules.js';
import { requiredOf, wantedAt } from '../decorators/wanted-tokens.js';
import { accessRulesOf } from '../decorators/access-rules.js';
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
      this.nameScopes(route);
      return [
        ...contradictions(route, place),
        ...this.unchecked(route, place),
        ...this.unrequired(route, place),
        ...this.withoutApi(route, place),
      ];
    });
  }

  /** A consent for one handler asks for what another needs as well, whichever is opened first. */
  private nameScopes(route: Route): void {
    for (const { connection, scopes } of [...wantedAt(route.getHandler()), ...requiredOf(route)]) {
      this.instances.find(route)?.connectionTokens.name(connection, scopes);
    }
  }

  /** An API without a name takes no access token. */
  private withoutApi(route: Route, place: string): string[] {
    if (!routeRulesOf(route).guards.some((guard) => credentialsOf(guard) !== 'session')) return [];
    return this.instances.of(route).options.apiAudience === undefined
      ? [`apiAudience is missing, and ${place} takes access tokens`]
      : [];
  }

  /** Scopes are looked at by a guard that takes access tokens, and perhaps by one of the application that asks ours. */
  private unchecked(route: Route, place: string): string[] {
    const [rule] = accessRulesOf(route);
    if (!rule) return [];
    const decorator = rule.of === 'scopes' ? '@RequireScopes' : '@RequirePermissions';
    return this.standingAt(route).some(mayLookAtScopes)
      ? []
      : [
          `${place} has ${decorator}, which nothing looks at: add @UseGuards(AccessTokenGuard) or SessionOrAccessTokenGuard`,
        ];
  }

  /** `@RequireConnection` is looked at by any guard of ours, and perhaps by one of the application that asks ours. */
  private unrequired(route: Route, place: string): string[] {
    if (
      requiredOf(route).length === 0 ||
      this.standingAt(route).some((guard) => !isOfPassport(guard) || isOurs(guard))
    ) {
      return [];
    }
    return [
      `${place} has @RequireConnection, which nothing looks at: add @UseGuards(SessionGuard) or another guard of ours`,
    ];
  }

  /** What stands in front of a handler and is not opened by `@Public()`. */
  private standingAt(route: Route): readonly Type[] {
    const { guards, isPublic } = routeRulesOf(route);
    const around = isPublic ? [] : [...guardsAround(route), ...this.globalGuards()];
    return guards.length > 0 ? guards : around;
  }

  private globalGuards(): Type[] {
    const made = this.application.getGlobalGuards().map((guard) => guard.constructor as Type);
    const perRequest = this.application.getGlobalRequestGuards().map(({ metatype }) => metatype as Type);
    return [...made, ...perRequest];
  }
}

function guardsAround(route: Route): Type[] {
  return [...guardsAt(route.getHandler()), ...guardsAt(route.getClass())].map(typeOf);
}

function isOurs(guard: Type): boolean {
  return credentialsOf(guard) !== undefined;
}

function mayLookAtScopes(guard: Type): boolean {
  const credentials = credentialsOf(guard);
  return credentials === undefined ? !isOfPassport(guard) : credentials !== 'session';
}

/** `AuthGuard` of @nestjs/passport, which is another class for each strategy: it lets in, and looks at no more. */
function isOfPassport(guard: Type): boolean {
  const prototype = guard.prototype as Partial<IAuthGuard> | undefined;
  return typeof prototype?.logIn === 'function' && typeof prototype.getAuthenticateOptions === 'function';
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
