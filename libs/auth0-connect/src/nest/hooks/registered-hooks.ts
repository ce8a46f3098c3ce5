import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ACCOUNT_CONNECTED, ACCOUNT_DISCONNECTED, RECONNECT_NEEDED } from '../../accounts/account-events.js';
import { ConfigurationError } from '../../errors/index.js';
import { SESSION_ENDED } from '../../events/session-ended.js';
import { BEFORE_SESSION_BEGINS, SESSION_BEGUN } from '../../login/login-events.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { isMarkedAsHooks } from './auth0-connect-hooks.decorator.js';

type Found = ReturnType<DiscoveryService['getProviders']>[number];

const METHODS = [
  BEFORE_SESSION_BEGINS,
  SESSION_BEGUN,
  SESSION_ENDED,
  ACCOUNT_CONNECTED,
  ACCOUNT_DISCONNECTED,
  RECONNECT_NEEDED,
].map(({ method }) => method);

/** Finds the hooks among the providers of the application, in the order in which Nest has them. */
@Injectable()
export class RegisteredHooks implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  /** @throws ConfigurationError for hooks that would never be called */
  onModuleInit(): void {
    const found = this.discovery.getProviders().filter((provider) => markedClassOf(provider) !== undefined);
    const problems = found.flatMap(problemsOf);
    if (problems.length > 0) throw new ConfigurationError(problems);
    // One that goes by several tokens (`useExisting`) is one all the same.
    const added = new Set<unknown>();
    for (const provider of found) {
      const instance = provider.instance as object;
      if (added.has(instance)) continue;
      added.add(instance);
      this.instances.at(markedClassOf(provider) ?? Object).hooks.add(instance);
    }
  }
}

/** By its token as well: a test may have put another in its place. */
function markedClassOf({ metatype, token }: Found): Type | undefined {
  return [metatype, token].find((type): type is Type => isMarkedAsHooks(type));
}

function problemsOf(provider: Found): string[] {
  const name = markedClassOf(provider)?.name ?? '';
  if (!provider.isDependencyTreeStatic()) {
    return [
      `${name} has @Auth0ConnectHooks() and is made anew for each request: leave out Scope.REQUEST there and in what it injects`,
    ];
  }
  const hooks = provider.instance as Record<string, unknown>;
  return METHODS.some((method) => typeof hooks[method] === 'function')
    ? []
    : [`${name} has @Auth0ConnectHooks() and none of their methods: ${METHODS.join(', ')}`];
}
