import { Controller, ForbiddenException, Get, Injectable, Req, UseGuards, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  AccessTokenGuard,
  AccessTokenStrategy,
  ApiCaller,
  ConnectedToken,
  CurrentSubject,
  CurrentUser,
  LoginSession,
  SessionGuard,
  SessionOrAccessTokenGuard,
  SessionStrategy,
  type Subject,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { errorCodeOf } from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, type AdapterName, type TestApp } from '../support/test-app.js';

@Injectable()
class EitherGuard extends AuthGuard(['auth0-connect-session', 'auth0-connect-access-token']) {}

/** As Nest's documentation has it for who need not be logged in. */
@Injectable()
class OptionalGuard extends AuthGuard('auth0-connect-session') {
  override handleRequest<User>(_error: unknown, user: User, _info: unknown, _context: ExecutionContext): User {
    return user || ({ sub: 'stranger' } as User);
  }
}

function told(request: { user?: unknown }, user: unknown, subject: Subject | null): unknown {
  const kind = subject instanceof LoginSession ? 'session' : subject instanceof ApiCaller ? 'caller' : 'nobody';
  return { request: request.user, user, subject: [kind, subject?.userId] };
}

@Controller('passport')
class PassportController {
  @Get('session')
  @UseGuards(AuthGuard('auth0-connect-session'))
  session(@Req() request: object, @CurrentUser() user: unknown, @CurrentSubject() subject: Subject): unknown {
    return told(request, user, subject);
  }

  @Get('token')
  @UseGuards(AuthGuard('auth0-connect-access-token'))
  token(@Req() request: object, @CurrentUser() user: unknown, @CurrentSubject() subject: Subject): unknown {
    return told(request, user, subject);
  }

  @Get('either')
  @UseGuards(EitherGuard)
  either(@Req() request: object, @CurrentUser() user: unknown, @CurrentSubject() subject: Subject): unknown {
    return told(request, user, subject);
  }

  @Get('optional')
  @UseGuards(OptionalGuard)
  optional(@Req() request: { user: unknown }): unknown {
    return { request: request.user };
  }

  @Get('github')
  @UseGuards(EitherGuard)
  github(@ConnectedToken('github') token: string): unknown {
    return { token };
  }
}

@Controller('ours')
class OurController {
  @Get('session')
  @UseGuards(SessionGuard)
  session(@Req() request: object, @CurrentUser() user: unknown, @CurrentSubject() subject: Subject): unknown {
    return told(request, user, subject);
  }

  @Get('token')
  @UseGuards(AccessTokenGuard)
  token(@Req() request: object, @CurrentUser() user: unknown, @CurrentSubject() subject: Subject): unknown {
    return told(request, user, subject);
  }

  @Get('either')
  @UseGuards(SessionOrAccessTokenGuard)
  either(@Req() request: object, @CurrentUser() user: unknown, @CurrentSubject() subject: Subject): unknown {
    return told(request, user, subject);
  }
}

const controllers = [PassportController, OurController];

/** What the strategies of an application make of whom they are given. */
let make: (subject: Subject) => unknown;

@Injectable()
class OwnSessionStrategy extends SessionStrategy {
  override validate(session: LoginSession): unknown {
    return make(session);
  }
}

@Injectable()
class OwnAccessTokenStrategy extends AccessTokenStrategy {
  override async validate(caller: ApiCaller): Promise<unknown> {
    return Promise.resolve(make(caller));
  }
}

const own = [OwnSessionStrategy, OwnAccessTokenStrategy];
const byDefault = (subject: Subject): unknown => ({ id: subject.userId, roles: ['reader'] });

function known(id: string, kind: string): unknown {
  const user = { id, roles: ['reader'] };
  return { request: user, user, subject: [kind, id] };
}

/** What `request.user` is for a person and for a caller, behind our guards and behind passport's. */
async function usersOf(app: TestApp): Promise<unknown[]> {
  const alice = await app.logIn('auth0|alice');
  const headers = bearer(await mintAccessToken(app, { sub: 'auth0|bob' }));
  const users: unknown[] = [];
  for (const path of ['/ours', '/passport']) {
    users.push((await alice.request(app.at(`${path}/session`))).json<{ request: unknown }>().request);
    users.push((await new Person().request(app.at(`${path}/token`), { headers })).json<{ request: unknown }>().request);
  }
  return users;
}

describe.each(adapters)('passport on %s', (adapter) => {
  let test: TestApp;
  let alice: Person;
  let bob: { authorization: string };

  beforeAll(async () => {
    test = await startApiApp(adapter, { controllers });
    alice = await test.logIn('auth0|alice');
    bob = bearer(await mintAccessToken(test, { sub: 'auth0|bob', name: 'Bob by token' }));
  });
  afterAll(() => test?.stop());

  const ask = (path: string, person = new Person(), headers = {}): Promise<Answer> =>
    person.request(test.at(path), { headers });
  const aliceBySession = {
    request: { sub: 'auth0|alice' },
    user: { sub: 'auth0|alice' },
    subject: ['session', 'auth0|alice'],
  };
  const bobByToken = { request: { sub: 'auth0|bob' }, user: { sub: 'auth0|bob' }, subject: ['caller', 'auth0|bob'] };

  it('goes by the login session alone where its guard names that strategy', async () => {
    expect((await ask('/passport/session', alice)).json()).toMatchObject(aliceBySession);
    expect((await ask('/passport/session', alice, bob)).json()).toMatchObject(aliceBySession);
    expect((await ask('/passport/session', new Person(), bob)).status).toBe(401);
    expect((await ask('/passport/session')).status).toBe(401);
  });

  it('goes by the access token alone where its guard names that strategy', async () => {
    expect((await ask('/passport/token', new Person(), bob)).json()).toMatchObject(bobByToken);
    expect((await ask('/passport/token', alice, bob)).json()).toMatchObject(bobByToken);
    expect((await ask('/passport/token', alice)).status).toBe(401);
    expect((await ask('/passport/token', alice, bearer('forged'))).status).toBe(401);
  });

  it('goes by the first strategy of a list that knows somebody', async () => {
    expect((await ask('/passport/either', alice)).json()).toMatchObject(aliceBySession);
    expect((await ask('/passport/either', new Person(), bob)).json()).toMatchObject(bobByToken);
    expect((await ask('/passport/either', alice, bob)).json()).toMatchObject(aliceBySession);
    expect((await ask('/passport/either')).status).toBe(401);
    expect((await ask('/passport/either', new Person(), bearer('forged'))).status).toBe(401);
  });

  it('has connected tokens of whom its guard has let in', async () => {
    test.control.connectAccount('auth0|alice', 'github');
    test.control.connectAccount('auth0|bob', 'github');
    const [ofAlice, ofBob] = [await ask('/passport/github', alice), await ask('/passport/github', new Person(), bob)];
    expect([ofAlice.status, ofBob.status]).toEqual([200, 200]);
    expect(ofAlice.text).not.toBe(ofBob.text);
  });

  it('leaves it to a guard whom to let in', async () => {
    expect((await ask('/passport/optional')).json()).toEqual({ request: { sub: 'stranger' } });
    expect((await ask('/passport/optional', alice)).json()).toMatchObject({ request: { sub: 'auth0|alice' } });
  });
});

describe.each(adapters)('strategies of its own that an application has on %s', (adapter) => {
  let test: TestApp;
  let alice: Person;
  let bob: { authorization: string };

  beforeAll(async () => {
    make = byDefault;
    test = await startApiApp(adapter, { controllers, providers: own });
    alice = await test.logIn('auth0|alice');
    bob = bearer(await mintAccessToken(test, { sub: 'auth0|bob' }));
  });
  afterAll(() => test?.stop());
  afterEach(() => {
    make = byDefault;
  });

  const both = async (path: string): Promise<Answer[]> => [
    await alice.request(test.at(`${path}/session`)),
    await new Person().request(test.at(`${path}/token`), { headers: bob }),
    await alice.request(test.at(`${path}/either`)),
    await new Person().request(test.at(`${path}/either`), { headers: bob }),
  ];

  it.each(['/ours', '/passport'])('say who the user is at %s', async (path) => {
    const answers = await both(path);
    expect(answers.map((answer) => answer.json())).toEqual([
      known('auth0|alice', 'session'),
      known('auth0|bob', 'caller'),
      known('auth0|alice', 'session'),
      known('auth0|bob', 'caller'),
    ]);
  });

  it.each(['/ours', '/passport'])('may say it later at %s', async (path) => {
    make = async (subject) => Promise.resolve({ id: subject.userId });
    const answers = await both(path);
    expect(answers.map((answer) => answer.json<{ request: unknown }>().request)).toEqual(
      ['alice', 'bob', 'alice', 'bob'].map((name) => ({ id: `auth0|${name}` })),
    );
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['false', false],
  ])('let nobody in by giving %s', async (_what, nobody) => {
    make = () => nobody;
    for (const path of ['/ours', '/passport']) {
      const answers = await both(path);
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    }
    const [session, token] = await both('/ours');
    expect([errorCodeOf(session!), errorCodeOf(token!)]).toEqual(['login_required', 'access_token_required']);
  });

  it.each(['/ours', '/passport'])('refuse by an exception of their own at %s', async (path) => {
    make = () => {
      throw new ForbiddenException('not here');
    };
    const answers = await both(path);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(answers.map((answer) => answer.json().message)).toEqual(['not here', 'not here', 'not here', 'not here']);
  });

  it.each(['/ours', '/passport'])('may fail, and then nobody comes in at %s', async (path) => {
    make = () => Promise.reject(new Error('the users are away'));
    const answers = await both(path);
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    expect(answers.map(({ text }) => text.includes('away'))).toEqual([false, false, false, false]);
  });

  it('are not asked about a stranger', async () => {
    let asked = 0;
    make = () => (asked += 1);
    for (const path of ['/ours/session', '/ours/token', '/ours/either', '/passport/session', '/passport/token']) {
      expect((await new Person().request(test.at(path))).status).toBe(401);
    }
    expect(asked).toBe(0);
  });
});

describe('strategies of two applications in one process', () => {
  const apps: TestApp[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop();
  });

  const start = async (adapter: AdapterName, providers: typeof own = []): Promise<TestApp> => {
    const app = await startApiApp(adapter, { controllers, providers });
    apps.push(app);
    return app;
  };
  const ours = ['alice', 'bob', 'alice', 'bob'].map((name): unknown =>
    expect.objectContaining({ sub: `auth0|${name}` }),
  );
  const theirs = ['alice', 'bob', 'alice', 'bob'].map((name) => ({ id: `auth0|${name}`, roles: ['reader'] }));

  it.each(adapters)('do not meddle with each other, whichever starts first, on %s', async (adapter) => {
    make = byDefault;
    const plain = await start(adapter);
    const special = await start(adapter, own);
    const later = await start(adapter);

    expect(await usersOf(plain)).toEqual(ours);
    expect(await usersOf(special)).toEqual(theirs);
    expect(await usersOf(later)).toEqual(ours);
  });

  it('do not meddle with each other when the last one has its own', async () => {
    make = byDefault;
    const plain = await start('Express');
    const special = await start('Fastify', own);
    expect(await usersOf(plain)).toEqual(ours);
    expect(await usersOf(special)).toEqual(theirs);
  });
});
