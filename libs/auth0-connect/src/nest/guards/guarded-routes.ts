import { Inject, Injectable, type CanActivate, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError } from '../../errors/index.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { SessionOrAccessTokenGuard } from './session-or-access-token.guard.js';

/** Where Nest keeps what `@UseGuards` was given. */
const GUARDS = '__guards__';

const TAKE_ACCESS_TOKENS: readonly Type[] = [AccessTokenGuard, SessionOrAccessTokenGuard];

/** Finds at start-up what a guard would find at a request: routes that take access tokens of an API without a name. */
@Injectable()
export class GuardedRoutes implements OnModuleInit {
  private readonly scanner = new MetadataScanner();

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  /** @throws ConfigurationError */
  onModuleInit(): void {
    const problems = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? this.problemsOf(metatype as Type) : []));
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  private problemsOf(controller: Type): string[] {
    return this.scanner.getAllMethodNames(controller.prototype as object).flatMap((name) => {
      const handler = (controller.prototype as Record<string, () => unknown>)[name];
      if (!handler || ![...guardsAt(controller), ...guardsAt(handler)].some(takesAccessTokens)) return [];
      const { options } = this.instances.of({ getClass: () => controller, getHandler: () => handler });
      if (options.apiAudience !== undefined) return [];
      return [`apiAudience is missing, and ${controller.name}.${name} takes access tokens`];
    });
  }
}

function guardsAt(place: object): readonly (Type<CanActivate> | CanActivate)[] {
  return (Reflect.getMetadata(GUARDS, place) as (Type<CanActivate> | CanActivate)[] | undefined) ?? [];
}

function takesAccessTokens(guard: Type<CanActivate> | CanActivate): boolean {
  const type = (typeof guard === 'function' ? guard : guard.constructor) as Type;
  return TAKE_ACCESS_TOKENS.some((known) => type === known || type.prototype instanceof known);
}
