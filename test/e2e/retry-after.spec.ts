import { Controller, Get, Inject, Logger, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  ConnectedAccountsService,
  ConnectedToken,
  CurrentSession,
  CurrentUser,
  LoginSession,
  Public,
  RetryAfterInterceptor,
  SessionGuard,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, NAVIGATION, someUsers, watch } from '../support/flows.js';
import type { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

@Controller('calls')
@UseGuards(SessionGuard)
class CallsController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get('parameter')
  parameter(@ConnectedToken('google-oauth2') token: string): string {
    return token;
  }

  @Get('open')
  @Public()
  open(@CurrentUser() user: unknown): unknown {
    return { user };
  }

  @Get('handler')
  @UseInterceptors(RetryAfterInterceptor)
  async handler(@CurrentSession() session: LoginSession): Promise<string> {
    const { accessToken } = await this.accounts.getAccessTokenForConnection(session, { connection: 'google-oauth2' });
    return accessToken;
  }
}

describe.each(adapters)('an answer that asks to wait, on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let count = 0;
  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(40) }, controllers: [CallsController] });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    const user = `auth0|person${count++}`;
    person = await test.logIn(user);
    test.control.connectAccount(user, 'google-oauth2');
  });
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['a parameter', 'exchange', '/calls/parameter'],
    ['a handler', 'exchange', '/calls/handler'],
    ['a route of ours', 'accounts', '/auth/accounts'],
    ['a route that redirects', 'connect', '/auth/connect/github'],
  ] as const)('says so in Retry-After, at %s', async (_where, kind, path) => {
    test.control.failNext(kind, { status: 429, headers: { 'retry-after': '60' } });
    const limited = await person.request(test.at(path));
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    test.control.failNext(kind, { status: 503, headers: { 'retry-after': '120' } });
    const down = await person.request(test.at(path));
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '120']);
  });

  it('says so in Retry-After while the database is away, wherever the session is asked for', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const own = await TestApp.start(adapter, { controllers: [CallsController] });
    const alice = await own.logIn();
    await own.database.destroy();
    const paths = [
      '/calls/parameter',
      '/calls/handler',
      '/calls/open',
      '/auth/profile',
      '/auth/accounts',
      '/auth/login',
    ];
    const answers = await Promise.all(
      paths.map((path) => alice.request(own.at(path), { headers: path === '/auth/login' ? NAVIGATION : {} })),
    );
    await own.database.initialize();
    await own.stop();
    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
      paths.map(() => [503, '2']),
    );
    expect(new Set(answers.map(errorCodeOf))).toEqual(new Set(['storage_unavailable']));
  });

  it('says nothing where Auth0 says nothing, or the answer is another', async () => {
    test.control.failNext('exchange', { status: 503 });
    const down = await person.request(test.at('/calls/parameter'));
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, null]);
    const fine = await person.request(test.at('/calls/parameter'));
    expect([fine.status, fine.headers.get('retry-after')]).toEqual([200, null]);
  });

  it('comes after two calls of Auth0 at most', async () => {
    test.control.failNext('exchange', { status: 429, headers: { 'retry-after': '0' }, times: 2 });
    const { answer, calls } = await watch(test, () => person.request(test.at('/calls/parameter')));
    expect([answer.status, calls]).toEqual([429, { exchange: 2 }]);
  });

  it('is in the log once, with what the operator has to know', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const own = await TestApp.start(adapter, { controllers: [CallsController] });
    const alice = await own.logIn();
    const refusal = { status: 401, body: { error: 'invalid_client', error_description: 'Unknown client' } };
    own.control.failNext('exchange', { ...refusal, times: 3 });
    for (let i = 0; i < 3; i += 1) await alice.request(own.at('/calls/parameter'));
    await own.stop();
    const lines = warn.mock.calls
      .map(([line]) => String(line))
      .filter((line) => line.startsWith('auth0_misconfigured'));
    expect(lines).toEqual([
      expect.stringMatching(/exchange at http:\/\/localhost:\d+: .* Auth0 says: 401 invalid_client/),
    ]);
  });
});
