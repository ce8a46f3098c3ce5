import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  UseGuards,
  type INestApplication,
  type PipeTransform,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AccessTokenGuard,
  Auth0ConnectModule,
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  CurrentUser,
  LoginService,
  Public,
  type LoginSession,
  SessionGuard,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { API_AUDIENCE, API_CLIENT, CLIENT, type ServerSettings } from '../settings.js';
import { createNestApp, databaseOptions, type TokenAnswer } from './common.js';

@Controller()
@UseGuards(SessionGuard)
class LibraryController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get('open')
  @Public()
  open(): { open: boolean } {
    return { open: true };
  }

  @Get('session')
  session(@CurrentUser() user: UserClaims): { user: string } {
    return { user: user.sub };
  }

  /** As after a 401 of the provider. */
  @Get('token/refreshed')
  async refreshed(@CurrentSession() session: LoginSession): Promise<{ expiresAt: Date }> {
    const { expiresAt } = await this.accounts.getAccessTokenForConnection(session, {
      connection: 'google-oauth2',
      forceRefresh: true,
    });
    return { expiresAt };
  }

  @Get('token')
  token(@CurrentUser() user: UserClaims, @ConnectedToken('google-oauth2') token: string): TokenAnswer {
    return { user: user.sub, length: token.length };
  }
}

/** For callers that bring an access token. */
@Controller('api')
@UseGuards(AccessTokenGuard)
class ApiController {
  constructor(@Inject(LoginService) private readonly logins: LoginService) {}

  @Get()
  api(@CurrentUser() user: UserClaims): { user: string } {
    return { user: user.sub };
  }

  @Get('token')
  token(@CurrentUser() user: UserClaims, @ConnectedToken('google-oauth2') token: string): TokenAnswer {
    return { user: user.sub, length: token.length };
  }

  @Get('tokens')
  tokens(@ConnectedToken('google-oauth2') google: string, @ConnectedToken('github') github: string): object {
    return { lengths: [google.length, github.length] };
  }

  /** What a caller brings. */
  @Get('access-token')
  @UseGuards(SessionGuard)
  async accessToken(@CurrentSession() session: LoginSession): Promise<{ accessToken: string }> {
    const { accessToken } = await this.logins.getAccessToken(session, { audience: API_AUDIENCE });
    return { accessToken };
  }
}

/** As a pipe behind each parameter would be: with dependency injection, and with nothing to do. */
@Injectable()
class IdentityPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return value;
  }
}

/** Adds a pipe to each parameter of a handler, where Nest keeps what its decorators were given. */
function withPipes(controller: object, handler: string): void {
  const parameters = Reflect.getMetadata('__routeArguments__', controller, handler) as Record<string, object>;
  const piped = Object.entries(parameters).map(([name, parameter]) => [name, { ...parameter, pipes: [IdentityPipe] }]);
  Reflect.defineMetadata('__routeArguments__', Object.fromEntries(piped), controller, handler);
}

/** What somebody writes who uses the library. */
export function createLibraryApp(settings: ServerSettings): Promise<INestApplication> {
  if (settings.subject === 'piped') withPipes(LibraryController, 'token');
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        ...databaseOptions(settings),
        entities: [...AUTH0_CONNECT_ENTITIES],
        migrations: [...AUTH0_CONNECT_MIGRATIONS],
        migrationsRun: true,
      }),
      Auth0ConnectModule.forRoot({
        domain: settings.tenantDomain,
        ...CLIENT,
        secret: 'a secret for benchmarks that is long enough',
        apiAudience: API_AUDIENCE,
        apiClient: API_CLIENT,
        appBaseUrl: `http://localhost:${settings.port}`,
        allowInsecureHttp: true,
        timeoutMs: 60_000,
        session: { maxPerUser: 1000, cookie: { name: 'auth0_connect_session' } },
        ...(settings.subject === 'cached' && { sessionCacheSeconds: 2 }),
      }),
    ],
    controllers: [LibraryController, ApiController],
    providers: [IdentityPipe],
  })
  class LibraryModule {}
  return createNestApp(LibraryModule, settings);
}
