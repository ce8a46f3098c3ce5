import {
  Controller,
  Get,
  Injectable,
  Post,
  Res,
  UseFilters,
  UseGuards,
  type INestApplication,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import {
  AuthRedirectFilter,
  ConnectedToken,
  CurrentUser,
  LoginRequiredError,
  SessionGuard,
} from 'nestjs-auth0-connect';
import { afterEach, describe, expect, it } from 'vitest';
import { errorCodeOf, NAVIGATION, SCRIPT, unhandledDuring } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

interface SendingResponse {
  status(code: number): { send(body: unknown): void };
}

const routes = (...filters: Parameters<typeof UseFilters>): Type => {
  @Controller('filtered')
  @UseGuards(SessionGuard)
  class FilteredController {
    @Get()
    read(@CurrentUser() user: { sub: string }): string {
      return user.sub;
    }
    @Post()
    write(): string {
      return 'written';
    }
    @Get('github')
    github(@ConnectedToken('github') token: string): string {
      return token;
    }
    @Get('answered')
    answered(@Res() response: SendingResponse): void {
      response.status(200).send('answered');
      throw new LoginRequiredError();
    }
  }
  if (filters.length > 0) UseFilters(...filters)(FilteredController);
  return FilteredController;
};

@Injectable()
class OwnFilter extends AuthRedirectFilter {}

interface Registration {
  controller: () => Type;
  providers?: Provider[];
  configure?: (app: INestApplication) => void;
}

const registrations: [string, Registration][] = [
  ['@UseFilters with the class', { controller: () => routes(AuthRedirectFilter) }],
  ['@UseFilters with one made by hand', { controller: () => routes(new AuthRedirectFilter()) }],
  ['@UseFilters with an extension', { controller: () => routes(OwnFilter) }],
  ['APP_FILTER', { controller: () => routes(), providers: [{ provide: APP_FILTER, useClass: AuthRedirectFilter }] }],
  [
    'APP_FILTER with one made by hand',
    { controller: () => routes(), providers: [{ provide: APP_FILTER, useFactory: () => new AuthRedirectFilter() }] },
  ],
  [
    'useGlobalFilters with one made with the adapter',
    {
      controller: () => routes(),
      configure: (app) => void app.useGlobalFilters(new AuthRedirectFilter(app.get(HttpAdapterHost).httpAdapter)),
    },
  ],
  [
    'useGlobalFilters with one made with nothing',
    { controller: () => routes(), configure: (app) => void app.useGlobalFilters(new AuthRedirectFilter()) },
  ],
];

describe.each(adapters)('the filter for pages on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  describe.each(registrations)('registered by %s', (_how, { controller, providers, configure }) => {
    const start = async (): Promise<TestApp> =>
      (test = await TestApp.start(adapter, { controllers: [controller()], providers, configure }));

    it('leads a person on, answers a program, and lets everybody else in', async () => {
      const app = await start();
      const stranger = new Person();
      const alice = await app.logIn();
      const unhandled = await unhandledDuring(async () => {
        const login = await stranger.request(app.at('/filtered'), { headers: NAVIGATION });
        const script = await stranger.request(app.at('/filtered'), { headers: SCRIPT });
        const post = await stranger.request(app.at('/filtered'), { method: 'POST', headers: NAVIGATION });
        const connect = await alice.request(app.at('/filtered/github'), { headers: NAVIGATION });
        const unconnected = await alice.request(app.at('/filtered/github'), { headers: SCRIPT });

        expect([login.status, login.location?.split('?')[0]]).toEqual([302, app.at('/auth/login')]);
        expect([script.status, errorCodeOf(script)]).toEqual([401, 'login_required']);
        expect([post.status, errorCodeOf(post)]).toEqual([401, 'login_required']);
        expect([connect.status, connect.location?.split('?')[0]]).toEqual([
          302,
          `${app.tenant.domain}/connected-accounts/connect`,
        ]);
        expect([unconnected.status, errorCodeOf(unconnected)]).toEqual([403, 'connection_required']);
        expect((await alice.request(app.at('/filtered'), { headers: NAVIGATION })).text).toBe('auth0|alice');
        expect((await alice.request(app.at('/nowhere'), { headers: NAVIGATION })).status).toBe(404);
      });
      expect(unhandled).toEqual([]);
    });

    it('answers with the error where Auth0 cannot be asked, and lives on where the answer was given already', async () => {
      const app = await start();
      const alice = await app.logIn();
      const unhandled = await unhandledDuring(async () => {
        app.control.failNext('connect', { status: 503 });
        const failed = await alice.request(app.at('/filtered/github'), { headers: NAVIGATION });
        expect([failed.status, errorCodeOf(failed)]).toEqual([503, 'auth0_unavailable']);
        for (const headers of [NAVIGATION, SCRIPT]) {
          expect((await alice.request(app.at('/filtered/answered'), { headers })).text).toBe('answered');
        }
      });
      expect(unhandled).toEqual([]);
      expect((await alice.request(app.at('/filtered'))).status).toBe(200);
    });
  });
});
