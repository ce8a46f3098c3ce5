import {
  Inject,
  Module,
  type DynamicModule,
  type ModuleMetadata,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { accountsProviders } from './accounts/accounts.providers.js';
import { ConnectedAccountsService } from './accounts/connected-accounts.service.js';
import { WorkerAccountsService } from './accounts/worker-accounts.service.js';
import { auth0Providers } from './auth0/auth0.providers.js';
import { eventsProviders } from './events/events.providers.js';
import { issuerProviders } from './issuer/issuer.providers.js';
import { loginProviders } from './login/login.providers.js';
import { LoginService } from './login/login.service.js';
import { maintenanceProviders } from './maintenance/maintenance.providers.js';
import { SealedDataService } from './maintenance/sealed-data.service.js';
import { createControllers } from './nest/controllers/index.js';
import { instanceToken } from './nest/decorators/inject.decorators.js';
import { Auth0ConnectEdgeModule } from './nest/edge.module.js';
import { nestProviders } from './nest/nest.providers.js';
import { ConnectCookies } from './nest/request/cookies.service.js';
import { RequestAuthenticator } from './nest/request/request-authenticator.js';
import type {
  Auth0ConnectExtras,
  Auth0ConnectOptions,
  Auth0ConnectOptionsFactory,
} from './options/auth0-connect-options.js';
import { resolveExtras } from './options/extras.js';
import { DEFAULT_INSTANCE } from './options/instance-name.js';
import { resolveOptions } from './options/resolve-options.js';
import { Auth0Doctor } from './doctor/auth0-doctor.js';
import { doctorProviders } from './doctor/doctor.providers.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES } from './options/resolved-options.js';
import type { ResolvedRoutes } from './options/routes.js';
import { persistenceProviders } from './persistence/persistence.providers.js';
import { CLOCK, systemClock, systemTicks, TICKS } from './ports/clock.js';
import { systemWait, WAIT } from './ports/wait.js';
import { resourceServerProviders } from './resource-server/resource-server.providers.js';
import { sessionProviders } from './session/session.providers.js';
import { SessionService } from './session/session.service.js';
import { ConfigurationError } from './errors/index.js';
import { hideFromLogs } from './shared/hide-from-logs.js';
import { Transactions } from './transactions/transactions.js';
import { AUTH0_CONNECT_ENTITIES } from './typeorm.js';

/** Where Nest's RouterModule keeps what it was told of a module. */
const NEST_MODULE_PATH = '__module_path__';

/** Options of `Auth0ConnectModule.forRootAsync`: one of `useFactory`, `useClass`, `useExisting`. */
export interface Auth0ConnectAsyncOptions extends Auth0ConnectExtras, Pick<ModuleMetadata, 'imports'> {
  /** What the factory is given. */
  inject?: NonNullable<Extract<Provider, { useFactory: unknown }>['inject']>;
  /** Makes the options. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments are what `inject` names
  useFactory?: (...dependencies: any[]) => Promise<Auth0ConnectOptions> | Auth0ConnectOptions;
  /** A class to be made, whose `createAuth0ConnectOptions` gives them. */
  useClass?: Type<Auth0ConnectOptionsFactory>;
  /** The same by a provider that is there already. */
  useExisting?: Type<Auth0ConnectOptionsFactory>;
}

const OPTIONS = Symbol('auth0-connect:given-options');
const OPTIONS_FACTORY = Symbol('auth0-connect:options-factory');

/**
 * Login sessions, connected accounts and their tokens, by Auth0. Import it once, in the root module.
 * @see https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault
 */
@Module({})
export class Auth0ConnectModule implements OnModuleInit {
  /** It holds all that the application has made, and is not for a log. */
  readonly #modules: ModulesContainer;

  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    this.#modules = modules;
  }

  /**
   * The module with these options.
   * @throws ConfigurationError at start-up, with every problem in the options
   *
   * @example
   * Auth0ConnectModule.forRoot({
   *   domain: 'example.eu.auth0.com',
   *   clientId, clientSecret, secret,
   *   appBaseUrl: 'https://app.example.com',
   * })
   */
  static forRoot(options: Auth0ConnectOptions & Auth0ConnectExtras): DynamicModule {
    const { name, routes, dataSourceName, isGlobal, ...rest } = options;
    return assemble({ name, routes, dataSourceName, isGlobal }, [{ provide: OPTIONS, useValue: hideFromLogs(rest) }]);
  }

  /**
   * As `forRoot`, with options from elsewhere. `name`, `routes`, `dataSourceName` and `isGlobal` go beside the factory: Nest
   * has to know them before it runs.
   * @throws ConfigurationError at start-up, with every problem in the options, those of the four included that the factory gave
   * @throws TypeError without `useFactory`, `useClass` and `useExisting`
   * @see https://docs.nestjs.com/fundamentals/dynamic-modules
   *
   * @example
   * Auth0ConnectModule.forRootAsync({ inject: [ConfigService], useFactory: (config) => config.getOrThrow('auth0') })
   */
  static forRootAsync(options: Auth0ConnectAsyncOptions): DynamicModule {
    return assemble(options, asyncOptionsProviders(options), options.imports);
  }

  /** Nest's hook. @throws ConfigurationError where `RouterModule` moves the routes away from the addresses given out */
  onModuleInit(): void {
    const path: unknown = Reflect.getMetadata(NEST_MODULE_PATH + this.#modules.applicationId, Auth0ConnectModule);
    if (typeof path !== 'string' || path === '/') return;
    throw new ConfigurationError([
      `RouterModule puts Auth0ConnectModule below "${path}", and its addresses do not: leave it out there and say routes: { prefix: '${path.replace(/^\//, '')}/auth' }`,
    ]);
  }
}

function asyncOptionsProviders({ inject, useFactory, useClass, useExisting }: Auth0ConnectAsyncOptions): Provider[] {
  if (useFactory) {
    // oxlint-disable-next-line typescript/no-explicit-any -- the arguments are what `inject` names
    return [{ provide: OPTIONS, inject, useFactory: async (...given: any[]) => hidden(await useFactory(...given)) }];
  }
  const factory: Provider | undefined = useExisting
    ? { provide: OPTIONS_FACTORY, useExisting }
    : useClass && { provide: OPTIONS_FACTORY, useClass };
  if (!factory) throw new TypeError('Auth0ConnectModule.forRootAsync needs useFactory, useClass or useExisting');
  return [
    factory,
    {
      provide: OPTIONS,
      inject: [OPTIONS_FACTORY],
      useFactory: async (instance: Auth0ConnectOptionsFactory) => hidden(await instance.createAuth0ConnectOptions()),
    },
  ];
}

/** A copy: the application's own object is not changed. */
function hidden(options: Auth0ConnectOptions): Auth0ConnectOptions {
  return hideFromLogs({ ...options });
}

function assemble(
  extras: Auth0ConnectExtras,
  optionsProviders: Provider[],
  imports: ModuleMetadata['imports'] = [],
): DynamicModule {
  const { instance, routes, decorators, dataSourceName, isGlobal, problems } = resolveExtras(extras);
  const named = namedServices(instance);
  const worker = { provide: instanceToken(WorkerAccountsService, instance), useClass: WorkerAccountsService };
  return {
    module: Auth0ConnectModule,
    global: isGlobal,
    imports: [...imports, Auth0ConnectEdgeModule, TypeOrmModule.forFeature(AUTH0_CONNECT_ENTITIES, dataSourceName)],
    controllers: createControllers(routes, instance, decorators),
    providers: [
      ...optionsProviders,
      {
        provide: RESOLVED_OPTIONS,
        inject: [OPTIONS],
        useFactory: (options: Auth0ConnectOptions) =>
          resolveOptions(options, {
            instance,
            problems: [...problems, ...misplacedExtras(options), ...withoutLinks(options, routes)],
          }),
      },
      { provide: RESOLVED_ROUTES, useValue: routes },
      { provide: CLOCK, useValue: systemClock },
      { provide: TICKS, useValue: systemTicks },
      { provide: WAIT, useValue: systemWait },
      Transactions,
      ...eventsProviders,
      ...issuerProviders,
      ...sessionProviders,
      ...loginProviders,
      ...resourceServerProviders,
      ...accountsProviders,
      ...maintenanceProviders,
      ...doctorProviders,
      ...auth0Providers,
      ...persistenceProviders(dataSourceName),
      ...nestProviders,
      ...named,
      worker,
    ],
    exports: [
      ...(instance === DEFAULT_INSTANCE ? PUBLIC_SERVICES : named.map(({ provide }) => provide)),
      worker.provide,
    ],
  };
}

/** What an application injects: by class, or by `@InjectConnectedAccounts(name)` and the like. */
const PUBLIC_SERVICES = [
  ConnectedAccountsService,
  LoginService,
  SessionService,
  SealedDataService,
  Auth0Doctor,
  ConnectCookies,
  RequestAuthenticator,
];

function namedServices(instance: string): { provide: string; useExisting: Type }[] {
  // By its class each instance has one: what is looked up from outside of the module needs a name that no other has.
  const services = instance === DEFAULT_INSTANCE ? [RequestAuthenticator] : PUBLIC_SERVICES;
  return services.map((service) => ({ provide: instanceToken(service, instance), useExisting: service }));
}

function withoutLinks(options: Auth0ConnectOptions, { link }: ResolvedRoutes): string[] {
  return options?.connectLinksInErrors === true && link === undefined
    ? ['connectLinksInErrors needs the route of connect links: routes.link is switched off']
    : [];
}

/** Extras that a factory has returned would be ignored without a word. */
function misplacedExtras(options: Auth0ConnectOptions): string[] {
  return ['name', 'routes', 'dataSourceName', 'isGlobal']
    .filter((name) => Object.hasOwn(options ?? {}, name))
    .map((name) => `${name} must be given beside useFactory, useClass or useExisting, not returned by it`);
}
