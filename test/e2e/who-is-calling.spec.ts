import {
  Controller,
  Get,
  Inject,
  Injectable,
  Sse,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { from, map, type Observable } from 'rxjs';
import {
  AccessTokenGuard,
  ApiCaller,
  LoginSession,
  Public,
  RequestAuthenticator,
  RequireConnection,
  SessionGuard,
  SessionOrAccessTokenGuard,
  SessionService,
  subjectOf,
  userSubjectOf,
  WorkerAccountsService,
  type HttpRequest,
  type UserSubject,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { instanceToken } from '../../libs/auth0-connect/src/nest/decorators/inject.decorators.js';
import { bearer, KeyHolder, mintAccessToken, startApiApp } from '../support/api-app.js';
import { errorCodeOf, watch } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

function nameOf(subject: LoginSession | ApiCaller | undefined): string {
  if (subject instanceof ApiCaller) return `caller ${subject.userId}`;
  return subject ? `session ${subject.userId}` : 'nobody';
}

@Injectable()
class NamingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, _next: CallHandler): Observable<unknown> {
    return from(subjectOf(context).then((subject) => ({ subject: nameOf(subject) })));
  }
}

@Injectable()
class ReportsGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const subject = await subjectOf(context);
    return subject instanceof ApiCaller && subject.permissions.includes('read:reports');
  }
}

/** Stands before ours, and asks by itself. */
@Injectable()
class OwnGuard implements CanActivate {
  constructor(@Inject(RequestAuthenticator) private readonly authenticator: RequestAuthenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    return (await this.authenticator.authenticate(context.switchToHttp().getRequest<HttpRequest>())) !== undefined;
  }
}

@Controller('who')
class WhoController {
  @Get('behind')
  @UseGuards(SessionOrAccessTokenGuard)
  @UseInterceptors(NamingInterceptor)
  behind(): void {}

  @Get('token')
  @UseGuards(AccessTokenGuard)
  @UseInterceptors(NamingInterceptor)
  token(): void {}

  @Get('open')
  @Public()
  @UseInterceptors(NamingInterceptor)
  open(): void {}

  @Get('reports')
  @UseGuards(SessionOrAccessTokenGuard, ReportsGuard)
  reports(): string {
    return 'reports';
  }

  @Get('twice')
  @UseGuards(OwnGuard, AccessTokenGuard)
  twice(): string {
    return 'twice';
  }
}

@Controller('stream')
@UseGuards(SessionOrAccessTokenGuard)
class StreamController {
  @Sse('repositories')
  @RequireConnection('github', { scopes: ['repo'] })
  repositories(): Observable<MessageEvent> {
    return from(['one', 'two']).pipe(map((data) => ({ data })));
  }
}

@Controller('calendar-stream')
@RequireConnection('google-oauth2')
class CalendarStreamController {
  @RequireConnection('github')
  @UseGuards(SessionGuard)
  @Sse('both')
  both(): Observable<MessageEvent> {
    return from(['both']).pipe(map((data) => ({ data })));
  }

  @Get('wide')
  @UseGuards(AccessTokenGuard)
  @RequireConnection('google-oauth2', { loginHint: 'alice@work.example' })
  wide(): string {
    return 'wide';
  }
}

const request = (headers: Record<string, string>, method = 'GET'): HttpRequest => ({
  headers,
  method,
  originalUrl: '/socket',
});

const EVENTS = { headers: { accept: 'text/event-stream' } };

describe.each(adapters)('who a request is from on %s', (adapter) => {
  let test: TestApp;
  let authenticator: RequestAuthenticator;
  const stranger = new Person();

  beforeAll(async () => {
    test = await startApiApp(adapter, {
      tenant: { organizations: [{ id: 'org_blue', name: 'blue', members: ['auth0|alice'] }] },
      controllers: [WhoController, StreamController, CalendarStreamController],
      providers: [OwnGuard, ReportsGuard],
    });
    authenticator = test.app.get(RequestAuthenticator);
  });
  afterAll(() => test?.stop());
  afterEach(() => {
    for (const { id } of test.control.accounts('auth0|alice')) test.control.disconnectAccount('auth0|alice', id);
  });

  const cookieOf = async (user = 'auth0|alice'): Promise<{ cookie: string }> => ({
    cookie: (await test.logIn(user)).cookieHeader(new URL(test.url)),
  });

  const subjectAt = async (path: string, person: Person, headers: Record<string, string> = {}): Promise<unknown> =>
    (await person.request(test.at(path), { headers })).json().subject;
  const statusWith = async (claims: object): Promise<number> => {
    const headers = bearer(await mintAccessToken(test, { ...claims }));
    return (await stranger.request(test.at('/who/reports'), { headers })).status;
  };

  describe('subjectOf', () => {
    it('is whom the guard of the handler has let in, and nobody else', async () => {
      const bob = await test.logIn('auth0|bob');
      const alice = bearer(await mintAccessToken(test));
      expect(await subjectAt('/who/behind', bob)).toBe('session auth0|bob');
      expect(await subjectAt('/who/behind', bob, alice)).toBe('caller auth0|alice');
      expect(await subjectAt('/who/token', bob, alice)).toBe('caller auth0|alice');
      expect([await subjectAt('/who/open', bob), await subjectAt('/who/open', stranger)]).toEqual([
        'session auth0|bob',
        'nobody',
      ]);
    });

    it('is what a guard of the application decides by, permissions included', async () => {
      expect([await statusWith({ permissions: ['read:reports'] }), await statusWith({})]).toEqual([200, 403]);
    });
  });

  describe('RequestAuthenticator', () => {
    it('finds the session of a cookie, the caller of a token, and for both the caller', async () => {
      const cookie = await cookieOf('auth0|bob');
      const token = bearer(await mintAccessToken(test));
      const found = [cookie, token, { ...cookie, ...token }, {}, { authorization: 'Basic eDp5' }].map(async (headers) =>
        nameOf(await authenticator.authenticate(request(headers as Record<string, string>))),
      );
      const alice = 'caller auth0|alice';
      expect(await Promise.all(found)).toEqual(['session auth0|bob', alice, alice, 'nobody', 'nobody']);
      expect(nameOf(await authenticator.authenticate(Object.freeze(request(cookie))))).toBe('session auth0|bob');
    });

    it('refuses a token that is no good, whatever the cookie, and what another site has set off', async () => {
      const cookie = await cookieOf();
      const refusals: [Record<string, string>, string, string][] = [
        [{ ...cookie, ...bearer('nonsense') }, 'GET', 'invalid_token'],
        [{ ...cookie, 'sec-fetch-site': 'cross-site' }, 'POST', 'cross_site_request'],
        [{ ...cookie, upgrade: 'websocket', origin: 'https://evil.example' }, 'GET', 'cross_site_request'],
      ];
      for (const [headers, method, code] of refusals) {
        await expect(authenticator.authenticate(request(headers, method))).rejects.toMatchObject({ code });
      }
    });

    it('looks anew each time it is asked about the upgrade of a socket', async () => {
      const upgrade = request({ ...(await cookieOf()), upgrade: 'websocket', origin: test.url });
      expect(nameOf(await authenticator.authenticate(upgrade))).toBe('session auth0|alice');
      await test.app.get(SessionService).endAllSessions('auth0|alice');
      expect(nameOf(await authenticator.authenticate(upgrade))).toBe('nobody');
    });

    it('leaves a DPoP proof to the guard that comes after it', async () => {
      const key = await KeyHolder.create();
      const token = await mintAccessToken(test, { cnf: { jkt: key.thumbprint } });
      const headers = await key.headers(token, test.at('/who/twice'));
      const answers = [await stranger.request(test.at('/who/twice'), { headers })];
      answers.push(await stranger.request(test.at('/who/twice'), { headers }));
      expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    });
  });

  describe('@RequireConnection', () => {
    it('answers a stream with a 403 and the link before any of its headers, to a session and a caller', async () => {
      const alice = await test.logIn();
      for (const headers of [{}, bearer(await mintAccessToken(test))]) {
        const answer = await alice.request(test.at('/stream/repositories'), {
          headers: { ...EVENTS.headers, ...headers },
        });
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
        expect(answer.json()).toMatchObject({
          statusCode: 403,
          errorCode: 'connection_required',
          scopes: ['repo'],
          connectUrl: expect.stringContaining('/auth/connect/github?scopes=repo'),
        });
      }
      expect((await stranger.request(test.at('/stream/repositories'), EVENTS)).status).toBe(401);
    });

    it('lets the stream begin when it is connected, after one exchange for all requests', async () => {
      const alice = await test.logIn();
      test.control.connectAccount('auth0|alice', 'github', { scopes: ['repo'] });
      const stream = (): Promise<{ calls: object; answer: { text: string; headers: Headers } }> =>
        watch(test, () => alice.request(test.at('/stream/repositories'), EVENTS));
      const [first, second] = [await stream(), await stream()];
      for (const { answer } of [first, second]) {
        expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
        expect(answer.text).toContain('data: one');
        expect(answer.text).toContain('data: two');
      }
      expect([first.calls, second.calls]).toEqual([{ exchange: 1 }, {}]);
    });

    it('says which scope is missing', async () => {
      const alice = await test.logIn();
      test.control.connectAccount('auth0|alice', 'github', { scopes: ['read:user'] });
      const answer = await alice.request(test.at('/stream/repositories'), EVENTS);
      expect([answer.status, answer.json()]).toEqual([
        403,
        expect.objectContaining({ errorCode: 'insufficient_scope', missingScopes: ['repo'] }),
      ]);
    });

    it('asks for what the controller and the handler need, in whatever order the decorators are', async () => {
      const alice = await test.logIn();
      const needed = async (path: string, headers = {}): Promise<unknown> => {
        const answer = await alice.request(test.at(path), { headers });
        return answer.status === 200 ? 200 : [errorCodeOf(answer), answer.json().connection];
      };
      expect(await needed('/calendar-stream/both')).toEqual(['connection_required', 'google-oauth2']);
      test.control.connectAccount('auth0|alice', 'google-oauth2');
      expect(await needed('/calendar-stream/both')).toEqual(['connection_required', 'github']);
      test.control.connectAccount('auth0|alice', 'github');
      expect(await needed('/calendar-stream/both')).toBe(200);
      expect(await needed('/calendar-stream/wide')).toEqual(['access_token_required', undefined]);
    });

    it('does not start where nothing looks at it', async () => {
      @Controller('unguarded')
      class UnguardedController {
        @Get()
        @Public()
        @RequireConnection('github')
        open(): void {}
      }
      await expect(TestApp.start(adapter, { controllers: [UnguardedController] })).rejects.toThrow(
        'UnguardedController.open has @RequireConnection, which nothing looks at',
      );
      expect(() => RequireConnection('')).toThrow('connection');
    });
  });

  describe('userSubjectOf', () => {
    it('gives plain data that background work takes, for the same user, organization and domain', async () => {
      const worker = test.app.get<WorkerAccountsService>(instanceToken(WorkerAccountsService, 'default'));
      test.control.connectAccount('auth0|alice', 'github');
      await test.logIn();
      const [session] = await test.app.get(SessionService).listSessions('auth0|alice');
      const token = await mintAccessToken(test, { org_id: 'org_blue' });
      const caller = await authenticator.authenticate({ headers: bearer(token), method: 'GET' });

      const subjects = [session!, caller!].map(
        (subject) => JSON.parse(JSON.stringify(userSubjectOf(subject))) as UserSubject,
      );

      const domain = new URL(test.tenant.issuer).origin;
      expect(subjects).toEqual([
        { userId: 'auth0|alice', domain },
        { userId: 'auth0|alice', orgId: 'org_blue', domain },
      ]);
      const work = subjects.map((subject) => worker.getAccessTokenForConnection(subject, { connection: 'github' }));
      const [ofSession, ofCaller] = await Promise.allSettled(work);
      expect(ofSession).toMatchObject({ status: 'fulfilled', value: { connection: 'github' } });
      // Nobody has logged in at that organization, and a login at none does no work for it.
      expect(ofCaller).toMatchObject({ status: 'rejected', reason: { code: 'login_required' } });
      expect(() => userSubjectOf({ userId: 'auth0|alice' } as unknown as LoginSession)).toThrow('LoginSession');
    });
  });
});
