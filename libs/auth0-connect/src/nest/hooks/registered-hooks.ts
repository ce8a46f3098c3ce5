import { Inject, Injectable, Scope, type OnModuleInit, type Type } from '@nestjs/common';
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

/** Finds the hooks among the providers and controllers of the application, in the order in which Nest has them. */
@Injectable()
export class RegisteredHooks implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
  ) {}

  /** @throws ConfigurationError for hooks that would never be called */
  onModuleInit(): void {
    const all = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const found = all.filter((provider) => markedClassOf(provider) !== undefined);
    const problems = found.flatMap(problemsOf);
    if (problems.length > 0) throw new ConfigurationError(problems);
    // One that goes by several tokens (`useExisting`) is one all the same.
    const added = new Set<unknown>();
    for (const provider of found) {
      const instance = provider.instance as object | null | undefined;
      if (!instance || added.has(instance)) continue;
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
  const marked = markedClassOf(provider) ?? Object;
  const { name } = marked;
  if (provider.scope === Scope.TRANSIENT) {
    return [
      `${name} has @Auth0ConnectHooks() and is made anew wherever it is injected: leave out Scope.TRANSIENT there`,
    ];
  }
  if (!provider.isDependencyTreeStatic()) {
    return [
      `${name} has @Auth0ConnectHooks() and is made anew for each request: leave out Scope.REQUEST there and in what it injects`,
    ];
  }
  const hooks: unknown = provider.instance;
  // What a factory or a test has put in its place may have nothing to do.
  if (!(hooks instanceof marked)) return [];
  return METHODS.some((method) => typeof (hooks as Record<string, unknown>)[method] === 'function')
    ? []
    : [`${name} has @Auth0ConnectHooks() and none of their methods: ${METHODS.join(', ')}`];
}
