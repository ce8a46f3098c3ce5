import type { IncomingMessage } from 'node:http';
import { Controller, Get, Inject, Logger, UseFilters, UseGuards, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { startLocalTenant, type LocalTenant } from 'auth0-local-tenant';
import {
  Auth0ConnectModule,
  Auth0Instance,
  ErrorMessageFilter,
  Public,
  RequireScopes,
  SessionGuard,
  SessionService,
  type ApiCaller,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { SocketGuard, SocketSessions, SocketSubject, type GatewayClient } from 'nestjs-auth0-connect/websockets';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectSessionEntity } from '../../libs/auth0-connect/src/persistence/entities/session.entity.js';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { Person } from '../support/person.js';
import { ENDED, libraries, type Client } from '../support/socket-clients.js';
import { CLIENT, freePort, SECRET, TestApp } from '../support/test-app.js';

const MINUTES = 60_000;

/** Messages that have come to a handler. */
let handled = 0;
/** What `handleConnection` waits for before it accepts. */
let before: Promise<unknown> | undefined;

function gatewayAt(
  path: string,
  { instance, ownGuards = [SocketGuard] }: { instance?: string; ownGuards?: Type[] } = {},
): Type {
  // A client looks at its clock for whether the server has been silent for too long: these tests set it.
  @WebSocketGateway({ path, pingTimeout: 12 * 60 * MINUTES })
  @UseGuards(...ownGuards)
  @UseFilters(ErrorMessageFilter)
  class SomeGateway implements OnGatewayConnection {
    constructor(@Inject(SocketSessions) private readonly sockets: SocketSessions) {}

    async handleConnection(client: GatewayClient, request?: IncomingMessage): Promise<void> {
      await before;
      await this.sockets.accept(client, request?.headers && request, instance);
    }

    @SubscribeMessage('who')
    who(@SocketSubject() { userId }: LoginSession | ApiCaller): unknown {
      handled += 1;
      return { event: 'answer', data: userId };
    }

    @SubscribeMessage('open')
    @Public()
    open(): unknown {
      return { event: 'answer', data: 'open' };
    }

    @SubscribeMessage('unguarded')
    @Public()
    unguarded(@SocketSubject() { userId }: LoginSession | ApiCaller): unknown {
      return { event: 'answer', data: userId };
    }
  }
  return SomeGateway;
}

@WebSocketGateway({ path: '/open' })
class OpenGateway {
  @SubscribeMessage('who')
  who(): unknown {
    return { event: 'answer', data: 'anybody' };
  }
}

/** What would keep a socket alive, or an application from ending. */
function kept(test: TestApp): number {
  const { open, bySession } = test.app.get<{ open: Set<unknown>; bySession: Map<string, unknown> }>(SocketSessions);
  return open.size + bySession.size + vi.getTimerCount();
}

/** Something that is waited for until the test says so. */
function held<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

const nothingKept = (test: TestApp): Promise<void> =>
  vi.waitFor(() => {
    if (kept(test) > 0) throw new Error('something is kept for a socket that is gone');
  });

const fakeTimers = (): unknown =>
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: Date.now() });

/** Past the next look at which sessions there are. */
async function later(milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await vi.advanceTimersByTimeAsync(10_000);
}

async function cookieOf(test: TestApp, user = 'auth0|alice'): Promise<{ cookie: string }> {
  return { cookie: (await test.logIn(user)).cookieHeader(new URL(test.url)) };
}

describe.each(libraries)('an open socket of %s', (_name, configure, open) => {
  let test: TestApp;
  const clients: Client[] = [];
  const opened = (headers?: Record<string, string>, token?: string, path?: string): Client => {
    const client = open(test, headers, token, path);
    clients.push(client);
    return client;
  };
  const rows = (): ReturnType<TestApp['database']['getRepository']> =>
    test.database.getRepository(ConnectSessionEntity);
  /** As another process does. */
  const endElsewhere = async (user = 'auth0|alice'): Promise<void> => {
    for (const { id } of await test.app.get(SessionService).listSessions(user)) await rows().delete({ id });
  };

  beforeAll(async () => {
    test = await startApiApp('Express', {
      providers: [gatewayAt('/live'), OpenGateway, SocketSessions],
      configure: (app) => void configure(app),
      options: { session: { inactivityDurationSeconds: 3600, absoluteDurationSeconds: 7200, touchIntervalSeconds: 1 } },
    });
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    handled = 0;
    before = undefined;
    fakeTimers();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const client of clients.splice(0)) client.close();
    await nothingKept(test);
    vi.useRealTimers();
  });

  it('ends when its session has not been used for long enough, and one in use does not', async () => {
    const [alice, bob] = [opened(await cookieOf(test)), opened(await cookieOf(test, 'auth0|bob'))];
    await Promise.all([alice.ask('who'), bob.ask('who')]);
    const [session] = await test.app.get(SessionService).listSessions('auth0|bob');
    await later(50 * MINUTES);
    expect(await bob.ask('who')).toBe('auth0|bob');
    // Nobody waits for it.
    await vi.waitFor(async () => {
      const [now] = await test.app.get(SessionService).listSessions('auth0|bob');
      expect(now!.expiresAt.getTime()).toBeGreaterThan(session!.expiresAt.getTime());
    });
    await later(20 * MINUTES);
    expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
    expect(await bob.ask('who')).toBe('auth0|bob');
  });

  it('ends when its session has lasted for as long as it may, however much it is used', async () => {
    const alice = opened(await cookieOf(test));
    for (let count = 0; count < 3; count += 1) {
      expect(await alice.ask('who')).toBe('auth0|alice');
      await later(39 * MINUTES);
    }
    await later(10 * MINUTES);
    expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
  });

  it('ends with all sessions of its user at once, each socket of each, and no other does', async () => {
    const [first, second] = [await cookieOf(test), await cookieOf(test)];
    const sockets = [first, first, first, second, second].map((cookie) => opened(cookie));
    const bob = opened(await cookieOf(test, 'auth0|bob'));
    await Promise.all([...sockets, bob].map((socket) => socket.ask('who')));
    await test.app.get(SessionService).endAllSessions('auth0|alice');
    for (const socket of sockets) expect(await socket.closed).toContainEqual(expect.objectContaining(ENDED));
    expect(await bob.ask('who')).toBe('auth0|bob');
  });

  it('stays while the database is away, which is logged once a minute, and ends after that if its session has', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const said = (): number => warn.mock.calls.filter(([text]) => String(text).startsWith('Which sessions')).length;
    const [alice, bob] = [opened(await cookieOf(test)), opened(await cookieOf(test, 'auth0|bob'))];
    await Promise.all([alice.ask('who'), bob.ask('who')]);
    await test.database.query('ALTER TABLE auth0_connect_sessions RENAME TO away');
    for (let count = 0; count < 5; count += 1) await later(0);
    expect(await bob.ask('who')).toMatchObject({ errorCode: 'storage_failed' });
    expect([said(), handled]).toEqual([1, 2]);
    for (let count = 0; count < 3; count += 1) await later(0);
    expect(said()).toBe(2);
    await test.database.query('ALTER TABLE away RENAME TO auth0_connect_sessions');
    await endElsewhere();
    await later(0);
    expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
    expect(await bob.ask('who')).toBe('auth0|bob');
  });

  it('ends with its access token though the database says nothing at all', async () => {
    const { promise, resolve: answer } = held<Set<string>>();
    vi.spyOn(SessionService.prototype, 'findLiveAmong').mockReturnValue(promise);
    const alice = opened(await cookieOf(test));
    const caller = opened(bearer(await mintAccessToken(test, { sub: 'auth0|bob' })));
    await Promise.all([alice.ask('who'), caller.ask('who')]);
    await later(0);
    await later(61 * MINUTES);
    expect(await caller.closed).toContainEqual(expect.objectContaining(ENDED));
    answer(new Set());
    await alice.closed;
  });

  it('has none of many messages handled at once that come after its session has ended', async () => {
    const alice = opened(await cookieOf(test));
    await alice.ask('who');
    await endElsewhere();
    for (let count = 0; count < 10; count += 1) alice.tell('who');
    expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
    expect(handled).toBe(1);
  });

  it('answers many messages at once, each for its own', async () => {
    const [alice, bob] = [opened(await cookieOf(test)), opened(await cookieOf(test, 'auth0|bob'))];
    await Promise.all([alice.ask('who'), bob.ask('who')]);
    const asked = Array.from({ length: 4 }, () => [alice.ask('who'), bob.ask('who')]).flat();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['auth0|alice', 'auth0|bob']));
    await vi.waitFor(() => expect(handled).toBe(10));
  });

  it('ends with its session whatever its client has said, words of the library among them', async () => {
    const alice = opened(await cookieOf(test));
    await alice.ask('who');
    for (const word of ['close', 'end', 'error', 'exception']) alice.tell(word);
    expect(await alice.ask('who')).toBe('auth0|alice');
    await test.app.get(SessionService).endAllSessions('auth0|alice');
    expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
  });

  it('leaves nothing behind once its client is gone, be it before it was let in', async () => {
    const cookie = await cookieOf(test);
    const sockets = Array.from({ length: 5 }, () => opened(cookie));
    await Promise.all(sockets.map((socket) => socket.ask('who')));
    expect(kept(test)).toBe(5 + 1 + 1);
    for (const socket of sockets) socket.close();
    await vi.waitFor(() => expect(kept(test)).toBe(0));

    const accept = vi.spyOn(SocketSessions.prototype, 'accept');
    const { promise, resolve: goOn } = held<void>();
    before = promise;
    const hasty = opened(cookie);
    expect(await hasty.ask('open')).toBe('open');
    hasty.close();
    await hasty.closed;
    // The server has heard of it once it answers somebody who came later.
    expect(await opened(undefined, undefined, '/open').ask('who')).toBe('anybody');
    goOn();
    await vi.waitFor(() => expect(accept).toHaveBeenCalledTimes(1));
    expect(await accept.mock.results[0]!.value).toBeUndefined();
    expect(kept(test)).toBe(0);
  });

  it('takes an access token from a page of any origin, and no cookie', async () => {
    const headers = { origin: 'https://elsewhere.example' };
    expect(await opened({ ...headers, ...bearer(await mintAccessToken(test)) }).ask('who')).toBe('auth0|alice');
    expect(await opened({ ...headers, ...(await cookieOf(test)) }).closed).toEqual([
      expect.objectContaining({ errorCode: 'cross_site_request' }),
    ]);
  });

  it('reads no session for a handler that is @Public(), which is told of nobody', async () => {
    const alice = opened(await cookieOf(test));
    expect(await alice.ask('who')).toBe('auth0|alice');
    await endElsewhere();
    expect(await alice.ask('open')).toBe('open');
    expect(await alice.ask('unguarded')).toMatchObject({ status: 'error' });
  });

  it('is for anybody at a gateway that asks for nobody', async () => {
    expect(await opened(undefined, undefined, '/open').ask('who')).toBe('anybody');
  });

  it('is closed when the application shuts down, which does not wait for it', async () => {
    const other = await startApiApp('Express', {
      providers: [gatewayAt('/live'), SocketSessions],
      configure: (app) => void configure(app),
    });
    const alice = open(other, await cookieOf(other));
    await alice.ask('who');
    await other.stop();
    await alice.closed;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.each(libraries)('a guard of sockets of %s', (_name, configure, open) => {
  let test: TestApp;
  const clients: Client[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await test.stop();
  });
  const opened = (...given: Parameters<typeof open> extends [unknown, ...infer Rest] ? Rest : never): Client => {
    const client = open(test, ...given);
    clients.push(client);
    return client;
  };
  const start = async (...providers: Provider[]): Promise<void> => {
    test = await startApiApp('Express', {
      providers: [SocketSessions, ...providers],
      controllers: [OpenController],
      configure: (app) => void configure(app),
    });
  };

  @Controller('plain')
  class OpenController {
    @Get()
    plain(): string {
      return 'plain';
    }

    @Get('public')
    @Public()
    public(): string {
      return 'public';
    }
  }

  it('has a global SessionGuard step aside, as any guard of ours has', async () => {
    await start(gatewayAt('/live'), { provide: APP_GUARD, useExisting: SessionGuard }, SessionGuard);
    expect(await opened(await cookieOf(test)).ask('who')).toBe('auth0|alice');
    expect((await new Person().request(test.at('/plain'))).status).toBe(401);
  });

  it('guards every gateway as a global guard, and lets no request in that has no guard of its own', async () => {
    await start(gatewayAt('/live', { ownGuards: [] }), { provide: APP_GUARD, useClass: SocketGuard });
    const alice = opened(await cookieOf(test));
    expect(await alice.ask('who')).toBe('auth0|alice');
    expect(await alice.ask('open')).toBe('open');
    const statuses = await Promise.all(
      ['/plain', '/plain/public', '/api/me'].map(async (path) => (await new Person().request(test.at(path))).status),
    );
    expect(statuses).toEqual([500, 200, 401]);
  });

  it('keeps an application from starting whose gateway has scopes that nothing looks at', async () => {
    const Scoped = gatewayAt('/live');
    RequireScopes('read:events')(Scoped);
    await expect(start(Scoped)).rejects.toThrow('which nothing looks at');
    await start();
  });
});

describe.each(libraries)('sockets of %s at two module instances', (_name, configure, open) => {
  let test: TestApp;
  let guests: LocalTenant;
  const clients: Client[] = [];

  beforeAll(async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    guests = await startLocalTenant();
    guests.addClient({ ...CLIENT, redirectUris: [`${url}/guest-auth/callback`], logoutUrls: [url] });
    const GuestsGateway = gatewayAt('/guests', { instance: 'guests' });
    const ForgetfulGateway = gatewayAt('/forgetful');
    for (const gateway of [GuestsGateway, ForgetfulGateway]) Auth0Instance('guests')(gateway);
    test = await TestApp.start('Express', {
      port,
      imports: [
        Auth0ConnectModule.forRoot({
          ...CLIENT,
          domain: guests.domain,
          secret: SECRET,
          appBaseUrl: url,
          allowInsecureHttp: true,
          name: 'guests',
          routes: { prefix: 'guest-auth' },
        }),
      ],
      providers: [
        gatewayAt('/live'),
        GuestsGateway,
        ForgetfulGateway,
        SocketSessions,
        // By the class the application finds that of either.
        { provide: 'of the staff', useExisting: SessionService },
      ],
      configure: (app) => void configure(app),
    });
  });
  afterAll(async () => {
    await test?.stop();
    await guests?.stop();
  });
  beforeEach(() => void fakeTimers());
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const client of clients.splice(0)) client.close();
    await nothingKept(test);
    vi.useRealTimers();
  });
  const opened = (path: string, headers: Record<string, string>): Client => {
    const client = open(test, headers, undefined, path);
    clients.push(client);
    return client;
  };
  const guestCookie = async (): Promise<{ cookie: string }> => {
    const person = new Person();
    const page = await person.open(test.at('/guest-auth/login?returnTo=/guest-auth/profile'));
    await person.submit(page, { user: 'auth0|alice', action: 'login' });
    return { cookie: person.cookieHeader(new URL(test.url)) };
  };

  it('are let in by the sessions of their own, and end with those alone', async () => {
    const [ofStaff, ofGuests] = [await cookieOf(test), await guestCookie()];
    const [staff, guest] = [opened('/live', ofStaff), opened('/guests', ofGuests)];
    expect(await Promise.all([staff.ask('who'), guest.ask('who')])).toEqual(['auth0|alice', 'auth0|alice']);
    expect(await opened('/guests', ofStaff).closed).toContainEqual(expect.objectContaining(ENDED));
    expect(await opened('/live', ofGuests).closed).toContainEqual(expect.objectContaining(ENDED));
    await test.app.get<SessionService>('of the staff').endAllSessions('auth0|alice');
    expect(await staff.closed).toContainEqual(expect.objectContaining(ENDED));
    expect(await guest.ask('who')).toBe('auth0|alice');
  });

  it('end with those though it cannot be read which sessions the other has', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const [staff, guest] = [opened('/live', await cookieOf(test)), opened('/guests', await guestCookie())];
    await Promise.all([staff.ask('who'), guest.ask('who')]);
    vi.spyOn(test.app.get<SessionService>('of the staff'), 'findLiveAmong').mockRejectedValue(new Error('away'));
    await test.database.getRepository(ConnectSessionEntity).createQueryBuilder().delete().execute();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await guest.closed).toContainEqual(expect.objectContaining(ENDED));
  });

  it('are refused where the gateway is of one and has accepted a session of the other', async () => {
    expect(await opened('/forgetful', await cookieOf(test)).ask('who')).toMatchObject({ status: 'error' });
  });
});
