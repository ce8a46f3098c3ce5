import {
  Controller,
  Get,
  Injectable,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  AccessTokenGuard,
  ApiCaller,
  CurrentSubject,
  LoginSession,
  Public,
  SessionGuard,
  SessionOrAccessTokenGuard,
  type Subject,
} from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person } from '../support/person.js';
import { adapters, type TestApp, type TestAppOptions } from '../support/test-app.js';

function nameOf(subject: Subject | null): string {
  if (subject instanceof LoginSession) return 'session';
  return subject instanceof ApiCaller ? 'token' : 'stranger';
}

/** What an application makes of our guards. */
@Injectable()
class OwnTokenGuard extends AccessTokenGuard {}
@Injectable()
class OwnSessionGuard extends SessionGuard {}
@Injectable()
class AdminGuard extends SessionGuard {
  override handleRequest<User>(error: unknown, user: User | false, info: unknown, context: ExecutionContext): User {
    return super.handleRequest(error, (user as { sub?: string }).sub === 'auth0|bob' && user, info, context);
  }
}
/** One of an application's own that asks ours. */
@Injectable()
class AskingGuard implements CanActivate {
  constructor(private readonly sessions: SessionGuard) {}
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return this.sessions.canActivate(context);
  }
}
Reflect.defineMetadata('design:paramtypes', [SessionGuard], AskingGuard);

@Controller('open')
@Public()
class OpenController {
  @Get('public')
  public(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('session')
  @UseGuards(SessionGuard)
  session(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('token')
  @UseGuards(AccessTokenGuard)
  token(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
}

@Controller('bare')
class BareController {
  @Get('bare')
  bare(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
  @Get('public')
  @Public()
  public(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('public-token')
  @Public()
  @UseGuards(AccessTokenGuard)
  publicToken(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('token-public')
  @UseGuards(AccessTokenGuard)
  @Public()
  tokenPublic(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('public-session')
  @Public()
  @UseGuards(SessionGuard)
  publicSession(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('public-either')
  @Public()
  @UseGuards(SessionOrAccessTokenGuard)
  publicEither(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('public-own')
  @Public()
  @UseGuards(OwnTokenGuard)
  publicOwn(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('own-session')
  @UseGuards(OwnSessionGuard)
  ownSession(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
  @Get('asking')
  @UseGuards(AskingGuard)
  asking(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
}

@Controller('by-token')
@UseGuards(AccessTokenGuard)
class TokenController {
  @Get('token')
  token(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
  @Get('public')
  @Public()
  public(@CurrentSubject() subject: Subject | null): string {
    return nameOf(subject);
  }
  @Get('session')
  @UseGuards(SessionGuard)
  session(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
  @Get('public-session')
  @Public()
  @UseGuards(SessionGuard)
  publicSession(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
  @Get('either')
  @UseGuards(SessionOrAccessTokenGuard)
  either(@CurrentSubject() subject: Subject): string {
    return nameOf(subject);
  }
}

/** Inherits the routes and, as Nest has it, what is declared on the class. */
@Controller('inherited')
class InheritingController extends TokenController {}

@Controller('public-inherited')
@Public()
class PublicInheritingController extends TokenController {}

@Controller('admin')
@UseGuards(AdminGuard)
class AdminController {
  @Get('admin')
  admin(): string {
    return 'admin';
  }
  /** The nearer guard asks for less, and the stricter one still counts. */
  @Get('session')
  @UseGuards(SessionGuard)
  session(): string {
    return 'admin';
  }
}

const S = 'session';
const T = 'token';
const no = 401;
/** What a stranger, a person by cookie, a caller by token, and somebody with both get. */
type Table = Record<string, [unknown, unknown, unknown, unknown]>;

/** The same whatever global guard of ours there is. */
const always: Table = {
  'open/public': ['stranger', S, 'stranger', S],
  'open/session': [no, S, no, S],
  'open/token': [no, no, T, T],
  'bare/public-token': [no, no, T, T],
  'bare/token-public': [no, no, T, T],
  'bare/public-session': [no, S, no, S],
  'bare/public-either': [no, S, T, T],
  'bare/public-own': [no, no, T, T],
  'bare/own-session': [no, S, no, S],
  'by-token/token': [no, no, T, T],
  'by-token/public': ['stranger', 'stranger', T, T],
  'by-token/session': [no, S, no, S],
  'by-token/public-session': [no, S, no, S],
  'by-token/either': [no, S, T, T],
  'inherited/token': [no, no, T, T],
  'inherited/public': ['stranger', 'stranger', T, T],
  'inherited/session': [no, S, no, S],
  'public-inherited/token': [no, no, T, T],
  'public-inherited/session': [no, S, no, S],
};

const globals: [string, Type | undefined, Table][] = [
  [
    'no guard',
    undefined,
    { 'bare/bare': [no, S, no, S], 'bare/asking': [no, S, no, S], 'bare/public': ['stranger', S, 'stranger', S] },
  ],
  [
    'a SessionGuard',
    SessionGuard,
    { 'bare/bare': [no, S, no, S], 'bare/asking': [no, S, no, S], 'bare/public': ['stranger', S, 'stranger', S] },
  ],
  [
    'an OwnSessionGuard',
    OwnSessionGuard,
    { 'bare/bare': [no, S, no, S], 'bare/asking': [no, S, no, S], 'bare/public': ['stranger', S, 'stranger', S] },
  ],
  [
    'an AccessTokenGuard',
    AccessTokenGuard,
    {
      'bare/bare': [no, no, T, T],
      'bare/public': ['stranger', 'stranger', T, T],
      'open/public': ['stranger', 'stranger', T, T],
    },
  ],
  [
    'a SessionOrAccessTokenGuard',
    SessionOrAccessTokenGuard,
    { 'bare/bare': [no, S, T, T], 'bare/public': ['stranger', S, T, T], 'open/public': ['stranger', S, T, T] },
  ],
];

describe.each(adapters)('guards and @Public() on %s', (adapter) => {
  describe.each(globals)('with %s for all handlers', (_name, globalGuard, changes) => {
    let test: TestApp;
    let alice: Person;
    let bob: { authorization: string };

    beforeAll(async () => {
      const given: TestAppOptions = {
        controllers: [
          OpenController,
          BareController,
          TokenController,
          InheritingController,
          PublicInheritingController,
          AdminController,
        ],
        providers: globalGuard ? [{ provide: APP_GUARD, useClass: globalGuard }] : [],
      };
      test = await startApiApp(adapter, given);
      alice = await test.logIn('auth0|alice');
      bob = bearer(await mintAccessToken(test, { sub: 'auth0|bob' }));
    });
    afterAll(() => test?.stop());

    it('let in by what stands nearest to the handler, and act for whom that has let in', async () => {
      const answers: Record<string, unknown[]> = {};
      const expected = { ...always, ...changes };
      for (const path of Object.keys(expected)) {
        const address = test.at(`/${path}`);
        const all = [
          await new Person().request(address),
          await alice.request(address),
          await new Person().request(address, { headers: bob }),
          await alice.request(address, { headers: bob }),
        ];
        answers[path] = all.map(({ status, text }) => (status === 200 ? text : status));
      }
      expect(answers).toEqual(expected);
    });

    it('ask as much as the strictest where one extends the other', async () => {
      const admin = await test.logIn('auth0|bob');
      for (const path of ['/admin/admin', '/admin/session']) {
        expect((await admin.request(test.at(path))).status).toBe(200);
        expect((await alice.request(test.at(path))).status).toBe(401);
        expect((await new Person().request(test.at(path))).status).toBe(401);
      }
    });
  });
});
