import { Module, type DynamicModule, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BackgroundSessions } from './accounts/background-sessions.js';
import { ConnectFlow } from './accounts/connect-flow.js';
import { ConnectedAccountsService } from './accounts/connected-accounts.service.js';
import { ConnectionTokens } from './accounts/connection-tokens.js';
import { MyAccountTokens } from './accounts/my-account-tokens.js';
import { SubjectTokenSource } from './accounts/subject-token.source.js';
import { WorkerAccountsService } from './accounts/worker-accounts.service.js';
import { auth0Providers } from './auth0/auth0.providers.js';
import { instanceToken } from './nest/decorators/inject.decorators.js';
import { AppAddressesService } from './nest/request/app-addresses.service.js';
import { Challenges } from './nest/request/challenges.js';
import { createControllers } from './nest/controllers/index.js';
import { ConnectCookies } from './nest/request/cookies.service.js';
import { Auth0ConnectEdgeModule } from './nest/edge.module.js';
import { Auth0ConnectInstances } from './nest/request/instances.js';
import { RequestDomains } from './nest/request/request-domains.js';
import { RequestSessions } from './nest/request/request-sessions.js';
import { RequestSubjects } from './nest/request/request-authenticator.js';
import type {
  Auth0ConnectExtras,
  Auth0ConnectOptions,
  Auth0ConnectOptionsFactory,
} from './options/auth0-connect-options.js';
import { DEFAULT_INSTANCE, resolveOptions } from './options/resolve-options.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from './options/resolved-options.js';
import { resolveRoutes, type ResolvedRoutes } from './options/routes.js';
import { AccessTokenVerifier } from './resource-server/access-token-verifier.js';
import { ApiCallers } from './resource-server/api-callers.js';
import { DpopProofVerifier } from './resource-server/dpop-proof.verifier.js';
import { persistenceProviders } from './persistence/persistence.providers.js';
import { ApiAccessTokens } from './session/api-access-tokens.js';
import { BackchannelLogins } from './login/backchannel-logins.js';
import { BackchannelLogout } from './login/backchannel-logout.js';
import { ExpiredRowsPurger } from './maintenance/expired-rows.purger.js';
import { LoginService } from './login/login.service.js';
import { Logout } from './login/logout.js';
import { LogoutTokenVerifier } from './login/logout-token.verifier.js';
import { RefreshTokens } from './session/refresh-tokens.js';
import { SealedDataService } from './maintenance/sealed-data.service.js';
import { DpopProofSigner } from './session/dpop-proof.signer.js';
import { SessionService } from './session/session.service.js';
import { SessionStarter } from './login/session-starter.js';
import { TokenExchangeLogins } from './login/token-exchange-logins.js';
import { APP_ADDRESSES, type AppAddresses } from './ports/app-addresses.js';
import { CLOCK, systemClock } from './ports/clock.js';
import { systemWait, WAIT } from './ports/wait.js';
import { Transactions } from './transactions/transactions.js';
import { AUTH0_CONNECT_ENTITIES } from './typeorm.js';

/** Options of `Auth0ConnectModule.forRootAsync`: one of `useFactory`, `useClass`, `useExisting`. */
export interface Auth0ConnectAsyncOptions extends Auth0ConnectExtras, Pick<ModuleMetadata, 'imports'> {
  inject?: NonNullable<Extract<Provider, { useFactory: unknown }>['inject']>;
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments are what `inject` names
  useFactory?: (...dependencies: any[]) => Promise<Auth0ConnectOptions> | Auth0ConnectOptions;
  useClass?: Type<Auth0ConnectOptionsFactory>;
  useExisting?: Type<Auth0ConnectOptionsFactory>;
}

const OPTIONS = Symbol('auth0-connect:given-options');
const OPTIONS_FACTORY = Symbol('auth0-connect:options-factory');
const INSTANCE = Symbol('auth0-connect:instance');

/** Login sessions, connected accounts and their tokens, by Auth0. Import it once, in the root module. */
@Module({})
export class Auth0ConnectModule {
  /**
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
    return assemble({ name, routes, dataSourceName, isGlobal }, [{ provide: OPTIONS, useValue: rest }]);
  }

  /**
   * As `forRoot`, with options from elsewhere. `routes`, `dataSourceName` and `isGlobal` go beside the factory: Nest
   * has to know them before it runs.
   *
   * @example
   * Auth0ConnectModule.forRootAsync({ inject: [ConfigService], useFactory: (config) => config.getOrThrow('auth0') })
   */
  static forRootAsync(options: Auth0ConnectAsyncOptions): DynamicModule {
    return assemble(options, asyncOptionsProviders(options), options.imports);
  }
}

function asyncOptionsProviders({ inject, useFactory, useClass, useExisting }: Auth0ConnectAsyncOptions): Provider[] {
  if (useFactory) return [{ provide: OPTIONS, inject, useFactory }];
  const factory: Provider | undefined = useExisting
    ? { provide: OPTIONS_FACTORY, useExisting }
    : useClass && { provide: OPTIONS_FACTORY, useClass };
  if (!factory) throw new TypeError('Auth0ConnectModule.forRootAsync needs useFactory, useClass or useExisting');
  return [
    factory,
    {
      provide: OPTIONS,
      inject: [OPTIONS_FACTORY],
      useFactory: (instance: Auth0ConnectOptionsFactory) => instance.createAuth0ConnectOptions(),
    },
  ];
}

function assemble(
  extras: Auth0ConnectExtras,
  optionsProviders: Provider[],
  imports: ModuleMetadata['imports'] = [],
): DynamicModule {
  const instance = extras.name ?? DEFAULT_INSTANCE;
  const { routes, problems } = resolveRoutes(extras.routes, instance === DEFAULT_INSTANCE ? undefined : instance);
  const named = namedServices(instance);
  const worker = { provide: instanceToken(WorkerAccountsService, instance), useClass: WorkerAccountsService };
  return {
    module: Auth0ConnectModule,
    global: extras.isGlobal ?? true,
    imports: [
      ...imports,
      Auth0ConnectEdgeModule,
      TypeOrmModule.forFeature(AUTH0_CONNECT_ENTITIES, extras.dataSourceName),
    ],
    controllers: createControllers(routes, instance),
    providers: [
      ...optionsProviders,
      {
        provide: RESOLVED_OPTIONS,
        inject: [OPTIONS],
        useFactory: (options: Auth0ConnectOptions) =>
          resolveOptions(options, { instance, problems: [...problems, ...misplacedExtras(options)] }),
      },
      { provide: RESOLVED_ROUTES, useValue: routes },
      { provide: CLOCK, useValue: systemClock },
      { provide: WAIT, useValue: systemWait },
      ...persistenceProviders(extras.dataSourceName),
      ...auth0Providers,
      ...inside,
      ...edge,
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
const PUBLIC_SERVICES = [ConnectedAccountsService, LoginService, SessionService, SealedDataService, ConnectCookies];

function namedServices(instance: string): { provide: string; useExisting: Type }[] {
  if (instance === DEFAULT_INSTANCE) return [];
  return PUBLIC_SERVICES.map((service) => ({ provide: instanceToken(service, instance), useExisting: service }));
}

/** Extras that a factory has returned would be ignored without a word. */
function misplacedExtras(options: Auth0ConnectOptions): string[] {
  return ['name', 'routes', 'dataSourceName', 'isGlobal']
    .filter((name) => Object.hasOwn(options ?? {}, name))
    .map((name) => `${name} must be given beside useFactory, useClass or useExisting, not returned by it`);
}

const inside: Provider[] = [
  Transactions,
  SessionService,
  RefreshTokens,
  ApiAccessTokens,
  DpopProofSigner,
  SessionStarter,
  BackchannelLogins,
  TokenExchangeLogins,
  Logout,
  LogoutTokenVerifier,
  BackchannelLogout,
  LoginService,
  MyAccountTokens,
  ConnectFlow,
  AccessTokenVerifier,
  DpopProofVerifier,
  ApiCallers,
  BackgroundSessions,
  SubjectTokenSource,
  ConnectionTokens,
  ConnectedAccountsService,
  ExpiredRowsPurger,
  SealedDataService,
];

const edge: Provider[] = [
  { provide: APP_ADDRESSES, useClass: AppAddressesService },
  ConnectCookies,
  RequestDomains,
  RequestSessions,
  RequestSubjects,
  Challenges,
  {
    provide: INSTANCE,
    inject: [
      RESOLVED_OPTIONS,
      RESOLVED_ROUTES,
      RequestSessions,
      RequestSubjects,
      ConnectedAccountsService,
      APP_ADDRESSES,
      Challenges,
      Auth0ConnectInstances,
    ],
    useFactory: (
      options: ResolvedOptions,
      routes: ResolvedRoutes,
      requests: RequestSessions,
      subjects: RequestSubjects,
      accounts: ConnectedAccountsService,
      addresses: AppAddresses,
      challenges: Challenges,
      instances: Auth0ConnectInstances,
    ) => instances.register({ options, routes, requests, subjects, accounts, addresses, challenges }),
  },
];
