import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Controller, Inject, Injectable, Logger, Module, Scope, type Provider } from '@nestjs/common';
import {
  Auth0ConnectHooks,
  Auth0Instance,
  ConnectedAccountsService,
  LoginRefusedError,
  LoginService,
  LoginSession,
  SessionService,
  StorageUnavailableError,
  type AccountConnection,
  type AccountDisconnection,
  type AfterLogin,
  type BeforeSessionBegins,
  type BeginningSession,
  type CompletedSession,
  type EndedSession,
  type OnAccountConnected,
  type OnAccountDisconnected,
  type OnReconnectNeeded,
  type OnSessionEnded,
  type ReconnectNeed,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExpiredRowsPurger } from '../../libs/auth0-connect/src/maintenance/expired-rows.purger.js';
import { errorCodeOf, isLoggedIn, NAVIGATION, pendingLogin, SCRIPT, someUsers, storedRows } from '../support/flows.js';
import { Person } from '../support/person.js';
import { CLIENT, TestApp } from '../support/test-app.js';

const GRANTS = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'].concat(
  'urn:openid:params:grant-type:ciba',
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
);

/** What the hooks were asked and told, in order. */
const heard: [string, Record<string, unknown>][] = [];
const note = (what: string, event: object): void => void heard.push([what, { ...event }]);
const names = (): string[] => heard.map(([what]) => what);
const endings = (): unknown[] => heard.filter(([what]) => what === 'ended').map(([, event]) => event);
/** What the next hook of this name does. */
const next = new Map<string, () => unknown>();

async function then(method: string): Promise<void> {
  const act = next.get(method);
  next.delete(method);
  await act?.();
}

@Injectable()
@Auth0ConnectHooks()
class First implements BeforeSessionBegins, AfterLogin, OnSessionEnded {
  async beforeSessionBegins(login: BeginningSession): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    note('first is asked', login);
    await then('ask');
  }

  async afterLogin(login: CompletedSession): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    note('first is told', login);
    await then('tell');
  }

  onSessionEnded(session: EndedSession): void {
    note('ended', session);
  }
}

@Injectable()
@Auth0ConnectHooks()
class Second implements BeforeSessionBegins, AfterLogin, OnAccountConnected, OnAccountDisconnected, OnReconnectNeeded {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  async beforeSessionBegins({ userId }: BeginningSession): Promise<void> {
    note('second is asked', { sessions: (await this.sessions.listSessions(userId)).length });
  }

  async afterLogin({ session }: CompletedSession): Promise<void> {
    const found = await this.sessions.listSessions(session.userId);
    note('second is told', { isStored: found.some(({ id }) => id === session.id) });
  }

  onAccountConnected(connection: AccountConnection): void {
    note('connected', connection);
  }

  onAccountDisconnected(disconnection: AccountDisconnection): void {
    note('disconnected', disconnection);
  }

  onReconnectNeeded(need: ReconnectNeed): void {
    note('reconnect needed', need);
  }
}

describe('the hooks of an application', () => {
  let test: TestApp;
  let logged: string[];
  let user: string;
  let count = 0;
  beforeAll(async () => {
    test = await TestApp.start('Fastify', {
      tenant: {
        users: someUsers(60),
        customTokenExchange: ({ subjectToken }) => subjectToken,
      },
      options: { session: { maxPerUser: 2 } },
      providers: [First, Second, { provide: 'the same by another name', useExisting: First }],
    });
    test.tenant.addClient({ ...CLIENT, redirectUris: [test.at('/auth/callback')], grantTypes: GRANTS });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    user = `auth0|person${count++}`;
    heard.length = 0;
    next.clear();
    logged = [];
    vi.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
  });
  afterEach(() => void vi.restoreAllMocks());

  const ended = (reason: string): unknown => ({
    sessionId: expect.any(String),
    userId: user,
    domain: test.tenant.domain,
    reason,
  });
  const exchange = (): Promise<{ session: LoginSession }> =>
    test.app.get(LoginService).exchangeToken({ subjectToken: user, subjectTokenType: 'urn:acme:legacy' });
  const byApproval = async (): Promise<unknown> => {
    const logins = test.app.get(LoginService);
    const login = await logins.startBackchannelLogin({ loginHint: { sub: user }, bindingMessage: 'Order 1' });
    await test.control.approveBackchannel(login.authReqId);
    return logins.completeBackchannelLogin(login);
  };

  describe('at a login', () => {
    it('are asked before there is a session and told once there is one, each after the other', async () => {
      await test.logIn(user);
      expect(names()).toEqual(['first is asked', 'second is asked', 'first is told', 'second is told']);
      expect(heard[0]?.[1]).toMatchObject({
        userId: user,
        user: { sub: user },
        domain: test.tenant.domain,
        method: 'interactive',
      });
      expect(heard[1]?.[1]).toEqual({ sessions: 0 });
      expect(heard[2]?.[1]).toMatchObject({ session: expect.any(LoginSession), method: 'interactive' });
      expect(heard[3]?.[1]).toEqual({ isStored: true });
    });

    it('are given what the login was started with', async () => {
      const logins = test.app.get(LoginService);
      const { authorizationUrl, browserId } = await logins.startInteractiveLogin({ appState: { invitation: 'abc' } });
      const person = new Person();
      const page = await person.open(authorizationUrl);
      const callback = await person.submit(page, { user, action: 'login' }, { until: test.at('/auth/callback') });
      await logins.completeInteractiveLogin(callback.location ?? '', { browserId });
      expect(heard.filter(([, { appState }]) => appState).map(([what, { appState }]) => [what, appState])).toEqual([
        ['first is asked', { invitation: 'abc' }],
        ['first is told', { invitation: 'abc' }],
      ]);
    });

    it.each<[string, () => Promise<unknown>]>([
      ['token_exchange', exchange],
      ['backchannel', byApproval],
    ])('by %s just as well', async (method, logIn) => {
      await logIn();
      expect(names()).toEqual(['first is asked', 'second is asked', 'first is told', 'second is told']);
      expect(heard[0]?.[1]).toMatchObject({ userId: user, method });
    });
  });

  describe('that refuse a login', () => {
    beforeEach(() => {
      next.set('ask', () => {
        throw new LoginRefusedError('not_invited');
      });
    });

    it('lead the person where any failed login leads, without a session, a cookie or a row', async () => {
      const before = await storedRows(test);
      const person = new Person();
      const callback = await pendingLogin(test, person, { user, returnTo: '/calendar/open' });

      const answer = await person.request(callback, { headers: NAVIGATION });

      expect(answer.location).toBe(test.at('/calendar/open?auth0_connect_error=login_refused'));
      expect(answer.headers.getSetCookie().filter((cookie) => cookie.includes('session='))).toEqual([]);
      expect(await storedRows(test)).toEqual(before);
      expect([names(), logged]).toEqual([['first is asked'], []]);
    });

    it('leave the session that the browser had', async () => {
      next.clear();
      const person = await test.logIn(user);
      next.set('ask', () => {
        throw new LoginRefusedError();
      });
      const callback = await pendingLogin(test, person, { user, query: '&prompt=login' });
      await person.request(callback, { headers: NAVIGATION });
      expect(await isLoggedIn(test, person)).toBe(true);
    });

    it('do not send somebody in a circle who opens a connect link and has a session at Auth0', async () => {
      next.clear();
      const person = await test.logIn(user);
      const { session } = await exchange();
      const link = await test.app.get(ConnectedAccountsService).createConnectLink(session, { connection: 'github' });
      await person.request(test.at('/auth/logout'), { method: 'POST' });
      next.set('ask', () => {
        throw new LoginRefusedError();
      });

      const page = await person.open(link.url, { headers: NAVIGATION });

      expect([page.status, page.text]).toEqual([
        401,
        expect.stringContaining('The login that this link needs has failed'),
      ]);
      expect(page.text).toContain('prompt=login');
    });

    it.each<[string, () => Promise<unknown>]>([
      ['token_exchange', exchange],
      ['backchannel', byApproval],
    ])('give a program the code and the reason, for %s', async (_method, logIn) => {
      await expect(logIn()).rejects.toMatchObject({ code: 'login_refused', reason: 'not_invited' });
      expect(await test.app.get(SessionService).listSessions(user)).toEqual([]);
    });

    it('answer a program as any error does', async () => {
      const person = new Person();
      const callback = await pendingLogin(test, person, { user });
      const answer = await person.request(callback);
      expect([answer.status, answer.json()]).toEqual([
        403,
        expect.objectContaining({ errorCode: 'login_refused', reason: 'not_invited' }),
      ]);
    });
  });

  it('that fail before a session end the login as callback_failed, and the log says which and why', async () => {
    next.set('ask', () => {
      throw new Error('no such table: people');
    });
    const person = new Person();
    const callback = await pendingLogin(test, person, { user });
    const answer = await person.request(callback, { headers: NAVIGATION });
    expect(answer.location).toContain('auth0_connect_error=callback_failed');
    expect(await isLoggedIn(test, person)).toBe(false);
    expect(logged.join('\n')).toContain('First.beforeSessionBegins has failed: Error: no such table: people');
  });

  it.each<[string, unknown, string]>([
    ['an object', { code: 'E_MAIL' }, "{ code: 'E_MAIL' }"],
    ['one without a prototype', Object.create(null), '[Object: null prototype] {}'],
    ['nothing', undefined, 'undefined'],
    ['a text', 'no mail', 'no mail'],
  ])('that throw %s change nothing either, and the log has it', async (_what, thrown, text) => {
    next.set('tell', () => {
      throw thrown;
    });
    await exchange();
    expect(names()).toContain('second is told');
    expect(logged.join('\n')).toContain(`First.afterLogin has failed: ${text}`);
  });

  it('that fail before a session by an error of ours are in the log as well, and it keeps its code', async () => {
    next.set('ask', () => {
      throw new StorageUnavailableError();
    });
    await expect(exchange()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(logged.join('\n')).toContain('First.beforeSessionBegins has failed: StorageUnavailableError');
  });

  it('that fail afterwards are logged, and the others are told, and the login stands', async () => {
    next.set('tell', () => {
      throw new Error('the mail was not sent');
    });
    const person = await test.logIn(user);
    expect(await isLoggedIn(test, person)).toBe(true);
    expect(names()).toEqual(['first is asked', 'second is asked', 'first is told', 'second is told']);
    expect(logged.join('\n')).toContain('First.afterLogin has failed: Error: the mail was not sent');
  });

  describe('are told why a session has ended', () => {
    it('by a logout', async () => {
      const person = await test.logIn(user);
      await person.request(test.at('/auth/logout'), { method: 'POST' });
      expect(endings()).toEqual([ended('logout')]);
    });

    it('by another login in its browser', async () => {
      const person = await test.logIn(user);
      await person.request(await pendingLogin(test, person, { user, query: '&prompt=login' }));
      expect(endings()).toEqual([ended('replaced')]);
    });

    it('by too many of its user', async () => {
      for (let times = 0; times < 3; times += 1) await exchange();
      expect(endings()).toEqual([ended('too_many')]);
    });

    it("by Auth0's logout token", async () => {
      await test.logIn(user);
      const token = await test.control.logoutToken({ aud: CLIENT.clientId, sub: user });
      const body = new URLSearchParams({ logout_token: token });
      await new Person().request(test.at('/auth/backchannel-logout'), { method: 'POST', body });
      expect(endings()).toEqual([ended('backchannel_logout')]);
    });

    it('by Auth0, which takes its refresh token no more', async () => {
      const person = await test.logIn(user);
      test.control.failNext('refresh', { status: 403, body: { error: 'invalid_grant' } });
      await person.request(test.at('/calendar/sources'));
      expect(endings()).toEqual([ended('refused')]);
    });

    it('by the application', async () => {
      await exchange();
      const { session } = await exchange();
      const sessions = test.app.get(SessionService);
      expect(await sessions.endSession(session.id)).toBe(true);
      expect(await sessions.endAllSessions(user)).toBe(1);
      expect(endings()).toEqual([ended('ended_by_application'), ended('ended_by_application')]);
      expect(await sessions.endSession(session.id)).toBe(false);
      expect(endings()).toHaveLength(2);
    });

    it('by its limits, when the purge removes it', async () => {
      const { session } = await exchange();
      const purger = test.app.get(ExpiredRowsPurger, { strict: false });
      vi.useFakeTimers({ toFake: ['Date'], now: session.expiresAt.getTime() + 3_600_000 });
      try {
        await purger.purge();
      } finally {
        vi.useRealTimers();
      }
      expect(endings()).toContainEqual(ended('expired'));
    });
  });

  describe('are told of accounts', () => {
    it('connected and disconnected', async () => {
      const person = await test.logIn(user);
      await test.connect(person, 'github');
      const { accounts } = (await person.request(test.at('/calendar/sources'))).json<{ accounts: { id: string }[] }>();
      const id = accounts[0]?.id ?? '';
      await person.request(test.at(`/auth/accounts/${id}`), { method: 'DELETE', headers: SCRIPT });
      expect(heard.slice(4)).toEqual([
        ['connected', expect.objectContaining({ account: expect.objectContaining({ id, connection: 'github' }) })],
        ['disconnected', { session: expect.any(LoginSession), accountId: id }],
      ]);
    });

    it('that the provider gives no token for any more, and not of those that nobody has connected', async () => {
      const person = await test.logIn(user);
      expect(errorCodeOf(await person.request(test.at('/calendar')))).toBe('connection_required');
      expect(names()).not.toContain('reconnect needed');

      test.control.connectAccount(user, 'google-oauth2');
      test.control.failNext('exchange', {
        status: 401,
        body: {
          error: 'federated_connection_refresh_token_flow_failed',
          error_description: 'invalid_grant: Token has been revoked',
        },
      });
      expect(errorCodeOf(await person.request(test.at('/calendar')))).toBe('connection_required');
      expect(heard.at(-1)).toEqual([
        'reconnect needed',
        { userId: user, domain: test.tenant.domain, connection: 'google-oauth2', loginHint: undefined },
      ]);
    });
  });

  it('may be left out: the same comes on channels of node:diagnostics_channel, with the name of the instance', async () => {
    const channels = ['session.begun', 'session.ended'].map((name) => `nestjs-auth0-connect:${name}`);
    const published: [string | symbol, unknown][] = [];
    const listener = (message: unknown, name: string | symbol): void => void published.push([name, message]);
    for (const name of channels) subscribe(name, listener);
    try {
      const { session } = await exchange();
      await test.app.get(SessionService).endSession(session.id);
    } finally {
      for (const name of channels) unsubscribe(name, listener);
    }
    expect(published).toEqual([
      [channels[0], expect.objectContaining({ instance: 'default', method: 'token_exchange' })],
      [channels[1], expect.objectContaining({ instance: 'default', userId: user, reason: 'ended_by_application' })],
    ]);
  });
});

describe('hooks that would never be called', () => {
  @Injectable()
  @Auth0ConnectHooks()
  class Misspelt {
    afterLogins(): void {
      /* nobody calls it */
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  @Auth0ConnectHooks()
  class PerRequest implements OnSessionEnded {
    onSessionEnded(): void {
      /* nobody calls it */
    }
  }
  @Injectable({ scope: Scope.TRANSIENT })
  @Auth0ConnectHooks()
  class Transient extends First {}
  @Injectable()
  @Auth0ConnectHooks()
  @Auth0Instance('admin')
  class OfAnother extends First {}

  it.each<[Provider, string]>([
    [Misspelt, 'Misspelt has @Auth0ConnectHooks() and none of their methods: beforeSessionBegins, afterLogin'],
    [PerRequest, 'PerRequest has @Auth0ConnectHooks() and is made anew for each request'],
    [Transient, 'Transient has @Auth0ConnectHooks() and is made anew wherever it is injected'],
    [OfAnother, 'No Auth0ConnectModule is imported under the name "admin"'],
  ])('are noticed at start: %o', async (provider, message) => {
    @Module({ providers: [provider] })
    class Feature {}
    await expect(TestApp.start('Express', { imports: [Feature] })).rejects.toThrow(message);
  });
});

describe('hooks of an application', () => {
  beforeEach(() => void (heard.length = 0));

  it('may be those of a controller', async () => {
    @Controller('logins')
    @Auth0ConnectHooks()
    class LoginsController implements AfterLogin {
      afterLogin(login: CompletedSession): void {
        note('controller is told', login);
      }
    }
    const test = await TestApp.start('Express', { controllers: [LoginsController] });
    await test.logIn();
    await test.stop();
    expect(names()).toEqual(['controller is told']);
  });

  it.each([[{}], [null]])('may be replaced in a test by what does nothing: %o', async (nothing) => {
    const test = await TestApp.start('Express', { providers: [{ provide: First, useValue: nothing }] });
    await test.logIn();
    await test.stop();
    expect(names()).toEqual([]);
  });
});
