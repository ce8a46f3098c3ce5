import { Module, type DynamicModule, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ConnectFlow } from './accounts/connect-flow.js';
import { ConnectedAccountsService } from './accounts/connected-accounts.service.js';
import { ConnectionTokens } from './accounts/connection-tokens.js';
import { MyAccountTokens } from './accounts/my-account-tokens.js';
import { SubjectTokens } from './accounts/subject-tokens.js';
import { CONNECTION_TOKEN_STORE, MY_ACCOUNT_API, SESSION_READER, TOKEN_VAULT } from './accounts/ports.js';
import { Auth0Http } from './auth0/auth0-http.js';
import { Auth0AuthorizationServer } from './auth0/authorization-server.client.js';
import { Auth0MyAccountApi } from './auth0/my-account.client.js';
import { OpenIdConfiguration } from './auth0/openid-configuration.js';
import { Auth0TokenVault } from './auth0/token-vault.client.js';
import { instanceToken } from './decorators/inject.decorators.js';
import { AppAddressesService } from './http/app-addresses.service.js';
import { createControllers } from './http/controllers/index.js';
import { ConnectCookies } from './http/cookies.service.js';
import { Auth0ConnectEdgeModule } from './http/edge.module.js';
import { Auth0ConnectInstances } from './http/instances.js';
import { RequestDomains } from './http/request-domains.js';
import { RequestSessions } from './http/request-sessions.js';
import type {
  Auth0ConnectExtras,
  Auth0ConnectOptions,
  Auth0ConnectOptionsFactory,
} from './options/auth0-connect-options.js';
import { DEFAULT_INSTANCE, resolveOptions } from './options/resolve-options.js';
import { RESOLVED_OPTIONS, RESOLVED_ROUTES, type ResolvedOptions } from './options/resolved-options.js';
import { resolveRoutes } from './options/routes.js';
import { TypeOrmExpiredRows } from './persistence/expired-rows.js';
import { KeyRingCipher } from './persistence/sealing/key-ring.cipher.js';
import { SealedColumns } from './persistence/sealing/sealed-columns.js';
import { TypeOrmSessionReader } from './persistence/session-reader.js';
import { TypeOrmApiAccessTokenStore } from './persistence/stores/api-access-token.store.js';
import { TypeOrmConnectionTokenStore } from './persistence/stores/connection-token.store.js';
import { TypeOrmSessionStore } from './persistence/stores/session.store.js';
import { TypeOrmTransactionStore } from './persistence/stores/transaction.store.js';
import { ApiAccessTokens } from './session/api-access-tokens.js';
import { EXPIRED_ROWS, ExpiredRowsPurger } from './session/expired-rows.purger.js';
import { instanceKeyOf } from './session/keys.js';
import { LoginService } from './session/login.service.js';
import { API_ACCESS_TOKEN_STORE, AUTHORIZATION_SERVER, SESSION_STORE } from './session/ports.js';
import { RefreshGrants } from './session/refresh-grants.js';
import { SessionService } from './session/session.service.js';
import { APP_ADDRESSES, type AppAddresses } from './shared/app-addresses.js';
import { CLOCK, systemClock } from './shared/clock.js';
import { TRANSACTION_STORE } from './transactions/ports.js';
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
const SEALED_COLUMNS = Symbol('auth0-connect:sealed-columns');
const AUTH0_HTTP = Symbol('auth0-connect:auth0-http');
const OPENID_CONFIGURATION = Symbol('auth0-connect:openid-configuration');
const DATA_SOURCE = Symbol('auth0-connect:data-source');
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
  const { routes, problems } = resolveRoutes(extras.routes);
  const instance = extras.name ?? DEFAULT_INSTANCE;
  const named = namedServices(instance);
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
      ...persistence(extras.dataSourceName),
      ...auth0,
      ...inside,
      ...edge,
      ...named,
    ],
    exports: instance === DEFAULT_INSTANCE ? PUBLIC_SERVICES : named.map(({ provide }) => provide),
  };
}

/** What an application injects: by class, or by `@InjectConnectedAccounts(name)` and the like. */
const PUBLIC_SERVICES = [ConnectedAccountsService, LoginService, SessionService, ConnectCookies];

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

const persistence = (dataSourceName: string | undefined): Provider[] => [
  { provide: DATA_SOURCE, useExisting: getDataSourceToken(dataSourceName) },
  {
    provide: SEALED_COLUMNS,
    inject: [RESOLVED_OPTIONS],
    useFactory: (options: ResolvedOptions) =>
      new SealedColumns(options.tokenCipher ?? new KeyRingCipher(options.secrets)),
  },
  {
    provide: SESSION_STORE,
    inject: [DATA_SOURCE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (dataSource: DataSource, sealed: SealedColumns, options: ResolvedOptions) =>
      new TypeOrmSessionStore(dataSource, sealed, instanceKeyOf(options)),
  },
  {
    provide: SESSION_READER,
    inject: [DATA_SOURCE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (dataSource: DataSource, sealed: SealedColumns, options: ResolvedOptions) =>
      new TypeOrmSessionReader(dataSource, sealed, instanceKeyOf(options)),
  },
  {
    provide: TRANSACTION_STORE,
    inject: [DATA_SOURCE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (dataSource: DataSource, sealed: SealedColumns, options: ResolvedOptions) =>
      new TypeOrmTransactionStore(dataSource, sealed, instanceKeyOf(options)),
  },
  {
    provide: API_ACCESS_TOKEN_STORE,
    inject: [DATA_SOURCE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (dataSource: DataSource, sealed: SealedColumns, options: ResolvedOptions) =>
      new TypeOrmApiAccessTokenStore(dataSource, sealed, options.maxTokensPerSession),
  },
  {
    provide: CONNECTION_TOKEN_STORE,
    inject: [DATA_SOURCE, SEALED_COLUMNS, RESOLVED_OPTIONS],
    useFactory: (dataSource: DataSource, sealed: SealedColumns, options: ResolvedOptions) =>
      new TypeOrmConnectionTokenStore(dataSource, sealed, options.maxTokensPerSession),
  },
  {
    provide: EXPIRED_ROWS,
    inject: [DATA_SOURCE],
    useFactory: (dataSource: DataSource) => new TypeOrmExpiredRows(dataSource),
  },
];

const auth0: Provider[] = [
  {
    provide: AUTH0_HTTP,
    inject: [RESOLVED_OPTIONS],
    useFactory: (options: ResolvedOptions) => new Auth0Http(options),
  },
  {
    provide: OPENID_CONFIGURATION,
    inject: [RESOLVED_OPTIONS, AUTH0_HTTP],
    useFactory: (options: ResolvedOptions, http: Auth0Http) => new OpenIdConfiguration(options, http),
  },
  {
    provide: AUTHORIZATION_SERVER,
    inject: [OPENID_CONFIGURATION, RESOLVED_OPTIONS],
    useFactory: (configuration: OpenIdConfiguration, options: ResolvedOptions) =>
      new Auth0AuthorizationServer(configuration, options),
  },
  {
    provide: TOKEN_VAULT,
    inject: [OPENID_CONFIGURATION],
    useFactory: (configuration: OpenIdConfiguration) => new Auth0TokenVault(configuration),
  },
  {
    provide: MY_ACCOUNT_API,
    inject: [AUTH0_HTTP],
    useFactory: (http: Auth0Http) => new Auth0MyAccountApi(http),
  },
];

const inside: Provider[] = [
  Transactions,
  SessionService,
  RefreshGrants,
  ApiAccessTokens,
  LoginService,
  MyAccountTokens,
  ConnectFlow,
  SubjectTokens,
  ConnectionTokens,
  ConnectedAccountsService,
  ExpiredRowsPurger,
];

const edge: Provider[] = [
  { provide: APP_ADDRESSES, useClass: AppAddressesService },
  ConnectCookies,
  RequestDomains,
  RequestSessions,
  {
    provide: INSTANCE,
    inject: [RESOLVED_OPTIONS, RequestSessions, ConnectedAccountsService, APP_ADDRESSES, Auth0ConnectInstances],
    useFactory: (
      options: ResolvedOptions,
      requests: RequestSessions,
      accounts: ConnectedAccountsService,
      addresses: AppAddresses,
      instances: Auth0ConnectInstances,
    ) => instances.register({ options, requests, accounts, addresses }),
  },
];
