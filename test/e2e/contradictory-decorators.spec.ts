import { Controller, Get, Injectable, Scope, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import {
  AccessTokenGuard,
  ConfigurationError,
  Public,
  RequireScopes,
  SessionGuard,
  SessionOrAccessTokenGuard,
} from 'nestjs-auth0-connect';
import { afterEach, describe, expect, it } from 'vitest';
import { adapters, API_AUDIENCE, TestApp, type TestAppOptions } from '../support/test-app.js';

@Injectable()
class OwnSessionGuard extends SessionGuard {}
@Injectable()
class OwnTokenGuard extends AccessTokenGuard {}
/** One that an application makes by hand and hands over as an object. */
class HandMadeTokenGuard extends AccessTokenGuard {
  constructor() {
    super({} as never);
  }
}
@Injectable()
class ForeignGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}
@Injectable()
class PassportGuard extends AuthGuard(['auth0-connect-session', 'auth0-connect-access-token']) {}

const route = (...guards: Parameters<typeof UseGuards>): Type => {
  @Controller('events')
  class EventsController {
    @Get()
    @UseGuards(...guards)
    list(): void {}
  }
  return EventsController;
};

/** A handler that asks for scopes, behind these guards, and more decorators on its class. */
const scoped = (guards: Parameters<typeof UseGuards>, ...more: ClassDecorator[]): Type => {
  @Controller('events')
  class EventsController {
    @Get()
    @RequireScopes('read:events')
    list(): void {}
  }
  if (guards.length > 0) UseGuards(...guards)(EventsController);
  for (const decorate of more) decorate(EventsController);
  return EventsController;
};

@Controller('parent')
@UseGuards(AccessTokenGuard)
class ParentController {
  @Get('one')
  one(): void {}
  @Get('two')
  @UseGuards(SessionGuard)
  two(): void {}
}

@Controller('child')
@UseGuards(SessionGuard)
class ChildController extends ParentController {}

const twoKinds = (names: string): string =>
  `EventsController.list has ${names} at one level: use SessionOrAccessTokenGuard for either`;
const childProblems = ['one', 'two'].map(
  (name) =>
    `ChildController.${name} has AccessTokenGuard and SessionGuard at one level: use SessionOrAccessTokenGuard for either`,
);
const unchecked =
  'EventsController.list has @RequireScopes, which nothing looks at: add @UseGuards(AccessTokenGuard) or SessionOrAccessTokenGuard';

const wrong: [string, TestAppOptions, string[]][] = [
  [
    'two kinds of guards on a handler',
    { controllers: [route(SessionGuard, AccessTokenGuard)] },
    [twoKinds('SessionGuard and AccessTokenGuard')],
  ],
  [
    'two kinds of guards on a handler, one of them for either',
    { controllers: [route(SessionOrAccessTokenGuard, SessionGuard)] },
    [twoKinds('SessionOrAccessTokenGuard and SessionGuard')],
  ],
  [
    "two kinds of guards of the application's own",
    { controllers: [route(OwnSessionGuard, OwnTokenGuard)] },
    [twoKinds('OwnSessionGuard and OwnTokenGuard')],
  ],
  [
    'two kinds of guards, one of them an object',
    { controllers: [route(SessionGuard, new HandMadeTokenGuard())] },
    [twoKinds('SessionGuard and HandMadeTokenGuard')],
  ],
  [
    'a guard of another kind than the class has that it inherits from',
    { controllers: [ChildController] },
    childProblems,
  ],
  ['scopes on a handler without a guard', { controllers: [scoped([])] }, [unchecked]],
  ['scopes on a public handler', { controllers: [scoped([], Public())] }, [unchecked]],
  ['scopes behind a SessionGuard', { controllers: [scoped([SessionGuard])] }, [unchecked]],
  ["scopes behind a session guard of the application's own", { controllers: [scoped([OwnSessionGuard])] }, [unchecked]],
  [
    'scopes behind a SessionGuard for all handlers',
    { controllers: [scoped([])], providers: [{ provide: APP_GUARD, useExisting: SessionGuard }] },
    [unchecked],
  ],
  [
    'scopes on a public handler behind an AccessTokenGuard for all handlers',
    { controllers: [scoped([], Public())], providers: [{ provide: APP_GUARD, useExisting: AccessTokenGuard }] },
    [unchecked],
  ],
  [
    "scopes behind a guard of passport's, which looks at none",
    { controllers: [scoped([AuthGuard('auth0-connect-access-token')])] },
    [unchecked],
  ],
  ["scopes behind an extension of passport's guard", { controllers: [scoped([PassportGuard])] }, [unchecked]],
  ['several at once', { controllers: [ParentController, ChildController, scoped([])] }, [...childProblems, unchecked]],
];

const right: [string, TestAppOptions][] = [
  ['one guard twice', { controllers: [route(SessionGuard, OwnSessionGuard)] }],
  ['a guard on the controller and another kind on the handler', { controllers: [ParentController] }],
  ['a guard and one of the application', { controllers: [route(SessionGuard, ForeignGuard)] }],
  ['scopes behind an AccessTokenGuard', { controllers: [scoped([AccessTokenGuard])] }],
  ['scopes behind an AccessTokenGuard on a public class', { controllers: [scoped([AccessTokenGuard], Public())] }],
  ['scopes behind a SessionOrAccessTokenGuard', { controllers: [scoped([SessionOrAccessTokenGuard])] }],
  ["scopes behind a guard of the application's own", { controllers: [scoped([OwnTokenGuard])] }],
  ['scopes behind a guard that may ask ours', { controllers: [scoped([ForeignGuard])] }],
  [
    'scopes behind an AccessTokenGuard for all handlers',
    { controllers: [scoped([])], providers: [{ provide: APP_GUARD, useExisting: AccessTokenGuard }] },
  ],
  [
    'scopes behind an AccessTokenGuard for all handlers that is made for each request',
    {
      controllers: [scoped([])],
      providers: [{ provide: APP_GUARD, useClass: AccessTokenGuard, scope: Scope.REQUEST }],
    },
  ],
];

describe.each(adapters)('decorators that contradict each other on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  const problemsOf = async (given: TestAppOptions): Promise<readonly string[]> => {
    try {
      test = await TestApp.start(adapter, { ...given, options: { apiAudience: API_AUDIENCE } });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.problems;
    }
  };

  it.each(wrong)('are found at start-up: %s', async (_what, given, problems) => {
    expect(await problemsOf(given)).toEqual(problems);
  });

  it.each(right)('are not these: %s', async (_what, given) => {
    expect(await problemsOf(given)).toEqual([]);
  });
});
