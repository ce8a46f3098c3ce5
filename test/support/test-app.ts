import {
  Controller,
  Get,
  Inject,
  Module,
  UseFilters,
  UseGuards,
  type DynamicModule,
  type INestApplication,
  type NestApplicationOptions,
  type Provider,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { startLocalTenant, type LocalTenant, type LocalTenantOptions } from 'auth0-local-tenant';
import {
  Auth0ConnectModule,
  AuthRedirectFilter,
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  CurrentUser,
  LoginSession,
  Public,
  SessionGuard,
  type Auth0ConnectExtras,
  type Auth0ConnectOptions,
  type ConnectionToken,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { chosen } from './chosen.js';
import { freePort } from './free-port.js';
import { Person, type Answer } from './person.js';

export { freePort } from './free-port.js';

export const CALENDAR_SCOPE = 'https://www.googleapis.com/auth/calendar.readonly';
export const API_AUDIENCE = 'https://api.example.com';
export const SECRET = 'a test secret that is long enough, and not more than that';
export const CLIENT = { clientId: 'test-client', clientSecret: 'test-client-secret' };

/** Without the suffix that development has. */
const SESSION_COOKIE = 'auth0_connect_session';

export type AdapterName = 'Express' | 'Fastify';
/** Those of `TEST_ADAPTERS`, by default both. */
export const adapters = chosen<AdapterName>(['Express', 'Fastify'], process.env.TEST_ADAPTERS);

@Module({})
class TestModule {}

@Controller('calendar')
@UseGuards(SessionGuard)
class CalendarController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get()
  token(@ConnectedToken('google-oauth2', { scopes: [CALENDAR_SCOPE] }) token: string): { token: string } {
    return { token };
  }

  @Get('details')
  details(@ConnectedToken('google-oauth2', { as: 'details' }) details: ConnectionToken): ConnectionToken {
    return details;
  }

  @Get('both')
  both(
    @ConnectedToken('google-oauth2') google: string,
    @ConnectedToken('github') github: string,
  ): { google: string; github: string } {
    return { google, github };
  }

  @Get('work')
  work(@ConnectedToken('google-oauth2', { loginHint: 'alice@work.example' }) token: string): { token: string } {
    return { token };
  }

  @Get('page')
  @UseFilters(AuthRedirectFilter)
  page(@ConnectedToken('google-oauth2', { scopes: [CALENDAR_SCOPE] }) token: string): { token: string } {
    return { token };
  }

  @Get('sources')
  sources(@CurrentSession() session: LoginSession): Promise<unknown> {
    return this.accounts.listConnectedAccounts(session);
  }

  @Get('open')
  @Public()
  open(@CurrentUser() user: UserClaims | null): { name: string } {
    return { name: user?.name ?? 'stranger' };
  }
}

@Controller('pages')
@UseGuards(SessionGuard)
@UseFilters(AuthRedirectFilter)
class PagesController {
  @Get('private')
  private(@CurrentUser() user: UserClaims): { sub: string } {
    return { sub: user.sub };
  }
}

export interface TestAppOptions {
  tenant?: LocalTenantOptions;
  options?: Partial<Auth0ConnectOptions> & Auth0ConnectExtras;
  database?: DataSourceOptions;
  /** Of the application's own. */
  entities?: Type[];
  controllers?: Type[];
  imports?: (DynamicModule | Type)[];
  providers?: Provider[];
  /** Nest's own options. */
  nest?: NestApplicationOptions;
  configure?: (app: INestApplication) => void;
  /** What has to be done before the application takes requests. */
  beforeListen?: (app: INestApplication) => Promise<unknown>;
  /** Default: any that is free. */
  port?: number;
  /** For a second process on the same tenant. */
  sharedTenant?: LocalTenant;
}

/** A real listening application with a tenant of its own, and somebody to use it. */
export class TestApp {
  private constructor(
    readonly app: INestApplication,
    readonly tenant: LocalTenant,
    readonly url: string,
    private readonly ownsTenant: boolean,
  ) {}

  static async start(adapter: AdapterName, given: TestAppOptions = {}): Promise<TestApp> {
    const port = given.port ?? (await freePort());
    const url = `http://localhost:${port}`;
    const tenant = given.sharedTenant ?? (await startLocalTenant({ ...given.tenant }));
    tenant.addClient({
      ...CLIENT,
      redirectUris: [`${url}/auth/callback`, `${url}/auth/connected`, `${url}/api/auth/callback`],
      logoutUrls: [url, `${url}/`, `${url}/bye`],
    });

    const app = await NestFactory.create(
      {
        module: TestModule,
        imports: [
          TypeOrmModule.forRoot({
            ...(given.database ?? { type: 'better-sqlite3', database: ':memory:' }),
            entities: [...AUTH0_CONNECT_ENTITIES, ...(given.entities ?? [])],
            migrations: [...AUTH0_CONNECT_MIGRATIONS],
            migrationsRun: true,
          }),
          Auth0ConnectModule.forRoot({
            domain: tenant.domain,
            ...CLIENT,
            secret: SECRET,
            appBaseUrl: url,
            authorizationParams: { audience: API_AUDIENCE, scope: 'openid profile email offline_access' },
            allowInsecureHttp: true,
            ...withPlainCookie(given.options),
          }),
          ...(given.imports ?? []),
        ],
        controllers: [CalendarController, PagesController, ...(given.controllers ?? [])],
        providers: given.providers ?? [],
      },
      adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter(),
      { logger: false, abortOnError: false, ...given.nest },
    );
    given.configure?.(app);
    await given.beforeListen?.(app);
    await app.listen(port, 'localhost');
    return new TestApp(app, tenant, url, given.sharedTenant === undefined);
  }

  get database(): DataSource {
    return this.app.get(DataSource);
  }

  get control(): LocalTenant['control'] {
    return this.tenant.control;
  }

  at(path: string): string {
    return new URL(path, this.url).href;
  }

  async stop(): Promise<void> {
    await this.app.close();
    if (this.ownsTenant) await this.tenant.stop();
  }

  /** Somebody new who logs in as this user. */
  async logIn(user = 'auth0|alice', person = new Person(), returnTo = '/calendar/open'): Promise<Person> {
    const page = await person.open(this.at(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`));
    const done = page.url.startsWith(this.url) ? page : await person.submit(page, { user, action: 'login' });
    if (!done.url.startsWith(this.url)) throw new Error(`login ended at ${done.url}: ${done.text.slice(0, 300)}`);
    return person;
  }

  /** Up to the provider's consent page. */
  startConnect(person: Person, connection: string, query = ''): Promise<Answer> {
    return person.open(this.at(`/auth/connect/${connection}?returnTo=/calendar/open${query}`));
  }

  /** Through the consent page; the answer is what the callback led to. */
  async connect(
    person: Person,
    connection: string,
    fields: Record<string, string | string[]> = {},
    query = '',
  ): Promise<Answer> {
    const page = await this.startConnect(person, connection, query);
    return person.submit(page, { action: 'approve', ...fields });
  }
}

/** On http, unless the test says something of the cookie itself. */
function withPlainCookie(options: TestAppOptions['options'] = {}): Partial<Auth0ConnectOptions> & Auth0ConnectExtras {
  const { session = {}, appBaseUrl, name } = options;
  const isPlain = typeof session === 'object' && session.cookie === undefined && name === undefined;
  if (!isPlain || (typeof appBaseUrl === 'string' && appBaseUrl.startsWith('https:'))) return options;
  return { ...options, session: { ...session, cookie: { name: SESSION_COOKIE } } };
}
