import type { IncomingMessage } from 'node:http';
import { Inject, UseFilters, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import {
  AccessTokenGuard,
  ApiCaller,
  ConnectedAccountsService,
  ErrorMessageFilter,
  SessionGuard,
  SessionOrAccessTokenGuard,
  SessionService,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { SocketGuard, SocketSessions, SocketSubject, type GatewayClient } from 'nestjs-auth0-connect/websockets';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectSessionEntity } from '../../libs/auth0-connect/src/persistence/entities/session.entity.js';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { ENDED, libraries, type Client } from '../support/socket-clients.js';
import { adapters, CLIENT, type TestApp } from '../support/test-app.js';

const gateway = (): Type => {
  @WebSocketGateway({ path: '/live' })
  @UseGuards(SocketGuard)
  @UseFilters(ErrorMessageFilter)
  class LiveGateway implements OnGatewayConnection {
    constructor(
      @Inject(SocketSessions) private readonly sockets: SocketSessions,
      @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
    ) {}

    async handleConnection(client: GatewayClient, request?: IncomingMessage): Promise<void> {
      // socket.io hands its sockets over without the request.
      await this.sockets.accept(client, request?.headers && request);
    }

    @SubscribeMessage('who')
    who(@SocketSubject() subject: LoginSession | ApiCaller): unknown {
      return { event: 'answer', data: `${subject instanceof ApiCaller ? 'caller' : 'session'} ${subject.userId}` };
    }

    @SubscribeMessage('github')
    async github(@SocketSubject() subject: LoginSession | ApiCaller): Promise<unknown> {
      const { accessToken } = await this.accounts.getAccessTokenForConnection(subject, { connection: 'github' });
      return { event: 'answer', data: accessToken };
    }
  }
  return LiveGateway;
};

describe.each(adapters.flatMap((adapter) => libraries.map(([name, ...rest]) => [name, adapter, ...rest] as const)))(
  'a socket of %s on %s',
  (_name, adapter, configure, open) => {
    let test: TestApp;
    const clients: Client[] = [];
    const opened = (headers?: Record<string, string>, token?: string): Client => {
      const client = open(test, headers, token);
      clients.push(client);
      return client;
    };

    beforeAll(async () => {
      test = await startApiApp(adapter, {
        providers: [gateway(), SocketSessions],
        configure: (app) => void configure(app),
        options: { trustedOrigins: ['https://trusted.example'] },
      });
    });
    afterAll(() => test?.stop());
    // Before the first socket is open: what asks from time to time is made with it.
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: Date.now() }));
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await vi.waitFor(() => {
        if (vi.getTimerCount() > 0) throw new Error('a timer without a socket');
      });
      vi.useRealTimers();
    });

    const cookieOf = async (user = 'auth0|alice'): Promise<{ cookie: string }> => ({
      cookie: (await test.logIn(user)).cookieHeader(new URL(test.url)),
    });
    /** As another process does: nobody is told of it here. */
    const endElsewhere = async (): Promise<void> => {
      for (const { id } of await test.app.get(SessionService).listSessions('auth0|alice')) {
        await test.database.getRepository(ConnectSessionEntity).delete({ id });
      }
    };

    it('is let in by a session or by an access token, each message for its own', async () => {
      const [alice, bob] = [opened(await cookieOf()), opened(await cookieOf('auth0|bob'))];
      const caller = opened(bearer(await mintAccessToken(test)));
      expect(await Promise.all([alice.ask('who'), bob.ask('who'), caller.ask('who')])).toEqual([
        'session auth0|alice',
        'session auth0|bob',
        'caller auth0|alice',
      ]);
    });

    it('takes the access token as the client can give it, auth of socket.io among them', async () => {
      expect(await opened({}, await mintAccessToken(test)).ask('who')).toBe('caller auth0|alice');
      expect(await opened({}, 'nonsense').closed).toEqual([expect.objectContaining({ errorCode: 'invalid_token' })]);
    });

    it('is told why and closed for a stranger, and for a page of another origin', async () => {
      const cookie = await cookieOf();
      expect(await opened().closed).toEqual([expect.objectContaining(ENDED)]);
      expect(await opened({ ...cookie, origin: 'https://evil.example' }).closed).toEqual([
        expect.objectContaining({ errorCode: 'cross_site_request' }),
      ]);
      for (const origin of [new URL(test.url).origin, 'https://trusted.example']) {
        expect(await opened({ ...cookie, origin }).ask('who')).toBe('session auth0|alice');
      }
    });

    it('tells a message what it needs, and gets the token once the account is connected', async () => {
      const person = await test.logIn('auth0|carol');
      const client = opened({ cookie: person.cookieHeader(new URL(test.url)) });
      expect(await client.ask('github')).toMatchObject({ errorCode: 'connection_required', connection: 'github' });
      await test.connect(person, 'github');
      expect(await client.ask('github')).toMatch(/^github/);
    });

    it('ends with its session at once, by a logout and by Auth0, and no other does', async () => {
      const person = await test.logIn();
      const [first, second] = [opened({ cookie: person.cookieHeader(new URL(test.url)) }), opened(await cookieOf())];
      const bob = opened(await cookieOf('auth0|bob'));
      await Promise.all([first.ask('who'), second.ask('who'), bob.ask('who')]);
      await person.request(test.at('/auth/logout'), { method: 'POST', headers: { origin: test.url } });
      expect(await first.closed).toContainEqual(expect.objectContaining(ENDED));
      expect(await second.ask('who')).toBe('session auth0|alice');
      const uri = test.at('/auth/backchannel-logout');
      await test.control.sendBackchannelLogout({ clientId: CLIENT.clientId, uri, sub: 'auth0|alice' });
      expect(await second.closed).toContainEqual(expect.objectContaining(ENDED));
      expect(await bob.ask('who')).toBe('session auth0|bob');
    });

    it('ends within ten seconds of what another process has ended, by one statement for all', async () => {
      const [alice, bob] = [opened(await cookieOf()), opened(await cookieOf('auth0|bob'))];
      await Promise.all([alice.ask('who'), bob.ask('who')]);
      const reads = vi.spyOn(SessionService.prototype, 'findLiveAmong');
      await endElsewhere();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
      expect(await bob.ask('who')).toBe('session auth0|bob');
      expect(reads).toHaveBeenCalledTimes(1);
      reads.mockRestore();
    });

    it('refuses the next message of a session that another process has ended', async () => {
      const alice = opened(await cookieOf());
      await alice.ask('who');
      await endElsewhere();
      void alice.ask('who');
      expect(await alice.closed).toContainEqual(expect.objectContaining(ENDED));
    });

    it('ends with its access token', async () => {
      const caller = opened(bearer(await mintAccessToken(test)));
      await caller.ask('who');
      await vi.advanceTimersByTimeAsync(25 * 3_600_000);
      expect(await caller.closed).toContainEqual(expect.objectContaining(ENDED));
    });
  },
);

describe.each([SessionGuard, AccessTokenGuard, SessionOrAccessTokenGuard])('a gateway where %o is global', (guard) => {
  it.each(libraries)('is left to its own guard, with %s', async (_name, configure, open) => {
    const test = await startApiApp('Express', {
      providers: [gateway(), SocketSessions, { provide: APP_GUARD, useExisting: guard }],
      configure: (app) => void configure(app),
    });
    const client = open(test, { cookie: (await test.logIn()).cookieHeader(new URL(test.url)) });
    try {
      expect(await client.ask('who')).toBe('session auth0|alice');
      expect(await open(test).closed).toEqual([expect.objectContaining(ENDED)]);
    } finally {
      client.close();
      await test.stop();
    }
  });
});
