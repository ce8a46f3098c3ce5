import { Injectable, SetMetadata, type CustomDecorator, type HttpServer } from '@nestjs/common';
import type { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import type { ProviderFetches } from '../../accounts/provider-fetches.js';
import type { ConnectionTokens } from '../../accounts/connection-tokens.js';
import type { Hooks } from '../../events/hooks.js';
import { ConfigurationError } from '../../errors/index.js';
import { DEFAULT_INSTANCE } from '../../options/instance-name.js';
import type { ResolvedOptions } from '../../options/resolved-options.js';
import type { ResolvedRoutes } from '../../options/routes.js';
import type { AppAddresses } from '../../ports/app-addresses.js';
import type { Clock } from '../../ports/clock.js';
import type { SessionService } from '../../session/session.service.js';
import type { Challenges } from './challenges.js';
import { perHandler, type Route } from './per-handler.js';
import type { SiteOptions } from './request-site.js';
import type { Credentials } from './request-subject.js';
import type { RequestCredentials } from './request-credentials.js';

/** What guards and parameter decorators need of one `Auth0ConnectModule`. */
export interface Auth0ConnectInstance {
  readonly options: SiteOptions &
    Pick<ResolvedOptions, 'instance' | 'apiAudience' | 'apiDpop' | 'session' | 'issuerOrigins' | 'fetch'>;
  readonly routes: ResolvedRoutes;
  readonly credentials: RequestCredentials;
  readonly sessions: SessionService;
  readonly accounts: ConnectedAccountsService;
  readonly connectionTokens: ConnectionTokens;
  readonly fetches: ProviderFetches;
  readonly addresses: AppAddresses;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly hooks: Hooks;
  /** Those of the application, this one among them. */
  readonly application: Auth0ConnectInstances;
}

/** A passport strategy of an application: ours, or one that it provides by extending ours. */
export interface ApplicationStrategy {
  readonly strategy: object;
  readonly isOwn: boolean;
}

const INSTANCE = 'auth0-connect:instance';

/**
 * Which of several `Auth0ConnectModule`s in one application the guards and parameter decorators of a controller or
 * handler belong to, or a class of hooks, by the `name` of its options.
 */
export const Auth0Instance = (name: string): CustomDecorator => SetMetadata(INSTANCE, name);

export const instanceNameOf = perHandler(
  (handler, controller): string =>
    (Reflect.getMetadata(INSTANCE, handler) as string | undefined) ??
    (Reflect.getMetadata(INSTANCE, controller) as string | undefined) ??
    DEFAULT_INSTANCE,
);

/** The module instances of this application. */
@Injectable()
export class Auth0ConnectInstances {
  private readonly byName = new Map<string, Auth0ConnectInstance>();
  /** None in a worker. */
  httpAdapter?: HttpServer;
  /** Passport's registry is one for the process: which of its strategies are of this application. */
  strategies: { readonly session?: ApplicationStrategy; readonly token?: ApplicationStrategy } = {};

  /** What a global guard of ours goes by that a test has put another in the place of. */
  replacedGlobalGuard?: Credentials;

  register(instance: Auth0ConnectInstance): void {
    const { instance: name } = instance.options;
    if (this.byName.has(name)) {
      throw new TypeError(`Auth0ConnectModule "${name}" is imported twice. Import it once, or give each a name`);
    }
    const problems = [...this.byName.values()].flatMap((other) => conflictsBetween(instance, other));
    if (problems.length > 0) throw new ConfigurationError(problems);
    this.byName.set(name, instance);
  }

  /** @throws TypeError when the handler names an instance that is not imported */
  of(route: Route): Auth0ConnectInstance {
    return this.named(instanceNameOf(route));
  }

  /** The same, and undefined where it is not imported. */
  find(route: Route): Auth0ConnectInstance | undefined {
    return this.byName.get(instanceNameOf(route));
  }

  /** That which a class names which is no controller. @throws TypeError when it is not imported */
  at(type: object): Auth0ConnectInstance {
    return this.named((Reflect.getMetadata(INSTANCE, type) as string | undefined) ?? DEFAULT_INSTANCE);
  }

  /** Every one of them. */
  all(): readonly Auth0ConnectInstance[] {
    return [...this.byName.values()];
  }

  /** @throws TypeError when no instance of this name is imported */
  named(name: string): Auth0ConnectInstance {
    const instance = this.byName.get(name);
    if (!instance) throw new TypeError(`No Auth0ConnectModule is imported under the name "${name}"`);
    return instance;
  }
}

/**
 * What a guard is given in an application that imports the module. To be asked for as `@Optional()`: Nest 11 takes the first
 * parameter of whatever extends passport's `AuthGuard` for optional in any case, and its own message names nothing to do.
 * @throws ConfigurationError
 */
export function importedInstances(found: Auth0ConnectInstances | undefined, guard: string): Auth0ConnectInstances {
  if (found) return found;
  throw new ConfigurationError([
    `${guard} is used where Auth0ConnectModule is not imported: add Auth0ConnectModule.forRoot({ ... }) to the root module, or the ` +
      'module that has it to the imports where isGlobal is false',
  ]);
}

/** Two instances under one cookie would log each other's people out, and of two controllers on one path only one answers. */
function conflictsBetween(a: Auth0ConnectInstance, b: Auth0ConnectInstance): string[] {
  const names = `"${b.options.instance}" and "${a.options.instance}"`;
  const problems: string[] = [];
  if (a.options.session.cookieName === b.options.session.cookieName) {
    problems.push(`${names} have the same session.cookie.name "${a.options.session.cookieName}"`);
  }
  const taken = new Set(Object.values(b.routes));
  for (const path of Object.values(a.routes) as string[]) {
    if (taken.has(path)) problems.push(`${names} have the same route "${path}": give each a routes.prefix of its own`);
  }
  return problems;
}
