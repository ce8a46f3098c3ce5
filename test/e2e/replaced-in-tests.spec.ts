import {
  Controller,
  Get,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AccessTokenGuard,
  Auth0ConnectModule,
  ConnectedAccountsService,
  ConnectedFetch,
  ConnectedToken,
  CurrentSession,
  CurrentSubject,
  CurrentUser,
  Public,
  SessionGuard,
  SessionOrAccessTokenGuard,
  type LoginSession,
  type ProviderFetch,
  type Subject,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { AUTH0_CONNECT_ENTITIES, AUTH0_CONNECT_MIGRATIONS } from 'nestjs-auth0-connect/typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { adapters, CLIENT, SECRET } from '../support/test-app.js';

const whom = (subject: Subject | null): string => `${subject?.constructor.name} ${subject?.userId}`;

/** What a test of an application puts in place of a guard. */
class AsAlice implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getRequest<{ user?: object }>().user = { sub: 'auth0|alice', name: 'Alice' };
    return true;
  }
}

@Controller('by')
class NotesController {
  @Get('session')
  @UseGuards(SessionGuard)
  bySession(@CurrentSession() session: LoginSession, @CurrentUser() user: UserClaims): object {
    return { session: whom(session), user };
  }

  @Get('token')
  @UseGuards(AccessTokenGuard)
  byToken(@CurrentSubject() subject: Subject, @CurrentUser() user: UserClaims): object {
    return { subject: whom(subject), user };
  }

  @Get('either')
  @UseGuards(SessionOrAccessTokenGuard)
  byEither(@CurrentSubject() subject: Subject): object {
    return { subject: whom(subject) };
  }

  @Get('calendar')
  @UseGuards(SessionGuard)
  calendar(@ConnectedToken('google-oauth2') token: string): object {
    return { token };
  }

  @Get('fetched')
  @UseGuards(SessionGuard)
  async fetched(
    @ConnectedFetch('github', { origins: ['https://api.github.com'] }) github: ProviderFetch,
  ): Promise<object> {
    return { token: await github.token() };
  }

  @Get('open')
  @Public()
  @UseGuards(AsAlice)
  open(@CurrentUser() user: UserClaims | null): object {
    return { user };
  }
}

/** Whose guard is global. */
@Controller('global')
class GlobalController {
  @Get()
  who(@CurrentSubject() subject: Subject, @CurrentUser() user: UserClaims): object {
    return { subject: whom(subject), user };
  }
}

const modules = (): DynamicModule[] => [
  TypeOrmModule.forRoot({
    type: 'better-sqlite3',
    database: ':memory:',
    entities: [...AUTH0_CONNECT_ENTITIES],
    migrations: [...AUTH0_CONNECT_MIGRATIONS],
    migrationsRun: true,
  }),
  Auth0ConnectModule.forRoot({
    ...CLIENT,
    domain: 'example.eu.auth0.com',
    secret: SECRET,
    appBaseUrl: 'http://localhost:3000',
    apiAudience: 'https://api.example.com',
  }),
];

const LETS_ANYBODY_IN: CanActivate = { canActivate: () => true };

describe.each(adapters)('an application under test, on %s', (adapter) => {
  let app: INestApplication;
  afterEach(() => app.close());

  const start = async (
    guard: CanActivate,
    accounts?: object,
  ): Promise<(path: string) => Promise<[number, unknown]>> => {
    const building = Test.createTestingModule({
      imports: modules(),
      controllers: [NotesController],
    });
    for (const ours of [SessionGuard, AccessTokenGuard, SessionOrAccessTokenGuard])
      building.overrideGuard(ours).useValue(guard);
    if (accounts) building.overrideProvider(ConnectedAccountsService).useValue(accounts);
    const testing = await building.compile();
    app = testing.createNestApplication(adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter(), {
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return async (path) => {
      const answer = await new Person().request(`${url}/by/${path}`);
      return [answer.status, answer.json()];
    };
  };

  it('hands its parameters whom the guard in place of ours has put on the request', async () => {
    const get = await start(new AsAlice());
    const user = { sub: 'auth0|alice', name: 'Alice' };
    expect(await get('session')).toEqual([200, { session: 'LoginSession auth0|alice', user }]);
    expect(await get('token')).toEqual([200, { subject: 'ApiCaller auth0|alice', user }]);
    expect(await get('either')).toEqual([200, { subject: 'LoginSession auth0|alice' }]);
  });

  it('asks the service in place of ours for the token of a parameter', async () => {
    const asked: unknown[] = [];
    const get = await start(new AsAlice(), {
      getAccessTokenForConnection: (subject: Subject, { connection }: { connection: string }) => {
        asked.push([subject.userId, connection]);
        return Promise.resolve({ accessToken: 'a token of the test', expiresAt: new Date(Date.now() + 3_600_000) });
      },
    });
    expect(await get('calendar')).toEqual([200, { token: 'a token of the test' }]);
    expect(await get('fetched')).toEqual([200, { token: 'a token of the test' }]);
    expect(asked).toEqual([
      ['auth0|alice', 'google-oauth2'],
      ['auth0|alice', 'github'],
    ]);
  });

  it('asks nobody for a token where only the guard was replaced: the user has no session', async () => {
    const get = await start(new AsAlice());
    expect(await get('calendar')).toEqual([401, expect.objectContaining({ errorCode: 'login_required' })]);
  });

  it('says that somebody has to log in where the guard in place of ours names nobody', async () => {
    const get = await start(LETS_ANYBODY_IN);
    expect(await get('session')).toEqual([401, expect.objectContaining({ errorCode: 'login_required' })]);
  });

  it("takes nobody's word for a user where no guard of ours is replaced", async () => {
    const get = await start(new AsAlice());
    expect(await get('open')).toEqual([200, { user: null }]);
  });
});

describe.each([
  [SessionGuard, 'LoginSession auth0|alice'],
  [AccessTokenGuard, 'ApiCaller auth0|alice'],
  [SessionOrAccessTokenGuard, 'LoginSession auth0|alice'],
])('a guard in place of a global %o', (guard, subject) => {
  it('says by the request whom it has let in, as one at a handler does', async () => {
    const testing = await Test.createTestingModule({
      imports: modules(),
      controllers: [GlobalController],
      providers: [{ provide: APP_GUARD, useExisting: guard }],
    })
      .overrideProvider(guard)
      .useClass(AsAlice)
      .compile();
    const app = testing.createNestApplication(new ExpressAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    const answer = await new Person().request(`${await app.getUrl()}/global`);
    await app.close();
    expect(answer.json()).toEqual({ subject, user: { sub: 'auth0|alice', name: 'Alice' } });
  });
});
