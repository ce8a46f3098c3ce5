import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { CurrentSession, LoginService, LoginSession, SessionGuard, type UserClaims } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, isLoggedIn, someUsers, storedRows, watch } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

@Controller('me')
@UseGuards(SessionGuard)
class MeController {
  constructor(@Inject(LoginService) private readonly logins: LoginService) {}

  @Get('refresh')
  async refresh(@CurrentSession() session: LoginSession): Promise<UserClaims> {
    return (await this.logins.refreshUser(session)).user;
  }

  @Get('organization')
  organization(@CurrentSession() session: LoginSession): { orgId: string | undefined } {
    return { orgId: session.orgId };
  }
}

describe.each(adapters)('a session on %s', (adapter) => {
  let test: TestApp;
  let keeping: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    const controllers = [TokenController, MeController];
    test = await TestApp.start(adapter, { tenant: { users: someUsers(80) }, controllers });
    keeping = await TestApp.start(adapter, {
      tenant: { users: someUsers(80) },
      controllers,
      options: { session: { endsWithRefreshToken: false } },
    });
  });
  afterAll(async () => {
    await test?.stop();
    await keeping?.stop();
  });
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const open = (path: string): Promise<Answer> => person.request(test.at(path));
  const profile = async (): Promise<UserClaims> => (await open('/auth/profile')).json();

  describe('knows of its user what Auth0 says', () => {
    it('after a refresh that was asked for, in the millisecond of the login too', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      await test.logIn(user, person);
      expect(await profile()).not.toMatchObject({ role: 'admin' });
      test.control.idTokenClaims(user, { role: 'admin', email_verified: true });

      const { answer, calls } = await watch(test, () => open('/me/refresh'));

      expect([answer.json(), calls]).toEqual([
        expect.objectContaining({ sub: user, role: 'admin', email_verified: true }),
        { refresh: 1 },
      ]);
      expect(await profile()).toMatchObject({ role: 'admin', email_verified: true });
    });

    it('after any refresh that asks for as much about the user as the login', async () => {
      test.control.idTokenClaims(user, { role: 'editor' });
      await open('/tokens/api?scope=openid+profile+email+read:events');
      expect(await profile()).toMatchObject({ role: 'editor' });
    });

    it('and loses nothing by an ID token for fewer scopes', async () => {
      const before = await profile();
      test.control.idTokenClaims(user, { role: 'editor' });
      await open('/tokens/api?scope=openid+read:events');
      await open('/auth/accounts');
      expect(await profile()).toEqual(before);
    });

    it('and ends where the answer is for another organization', async () => {
      test.control.idTokenClaims(user, { org_id: 'org_a' });
      await test.logIn(user, person);
      const again = await person.open(test.at('/auth/login?prompt=login&returnTo=/me/organization'));
      const done = await person.submit(again, { user, action: 'login' });
      expect(done.json()).toEqual({ orgId: 'org_a' });
      test.control.idTokenClaims(user, { org_id: 'org_b' });
      expect(errorCodeOf(await open('/me/refresh'))).toBe('login_required');
      expect(await isLoggedIn(test, person)).toBe(false);
    });
  });

  describe('when Auth0 takes its refresh token no more', () => {
    const refused = { status: 403, body: { error: 'invalid_grant', error_description: 'user is blocked' }, times: 9 };

    it.each([
      ['refresh', '/tokens/api?scope=read:events'],
      ['exchange', '/tokens/new?connection=google-oauth2'],
    ] as const)('ends at a %s, with what is stored for it', async (kind, path) => {
      test.control.connectAccount(user, 'google-oauth2');
      expect((await open('/calendar')).status).toBe(200);
      const before = await storedRows(test);
      test.control.failNext(kind, { ...refused, times: kind === 'exchange' ? 2 : 1 });

      const answer = await open(path);

      expect([answer.status, errorCodeOf(answer)]).toEqual([401, 'login_required']);
      expect(await isLoggedIn(test, person)).toBe(false);
      expect((await open('/calendar')).status).toBe(401);
      const after = await storedRows(test);
      expect([before.sessions - after.sessions, before.tokens - after.tokens]).toEqual([1, 1]);
      await test.logIn(user, person);
      expect(await isLoggedIn(test, person)).toBe(true);
    });

    it('ends where Auth0 says that the user is blocked, which is no matter of logging in again', async () => {
      test.control.failNext('refresh', {
        status: 401,
        body: { error: 'unauthorized', error_description: 'user is blocked' },
      });
      const answer = await open('/tokens/api?scope=read:events');
      expect([answer.status, errorCodeOf(answer)]).toEqual([403, 'access_denied']);
      expect(await isLoggedIn(test, person)).toBe(false);
    });

    it('goes on where an Action refuses one token, or the provider has an outage', async () => {
      test.control.failNext('refresh', { status: 403, body: { error: 'access_denied' } });
      expect((await open('/tokens/api?scope=read:events')).status).toBe(403);
      test.control.failNext('refresh', { status: 503 });
      expect((await open('/tokens/api?scope=read:events')).status).toBe(503);
      expect(await isLoggedIn(test, person)).toBe(true);
    });

    it('goes on if the application wants it so, and Auth0 is not asked again', async () => {
      const keeper = await keeping.logIn(user);
      keeping.control.connectAccount(user, 'google-oauth2');
      expect((await keeper.request(keeping.at('/calendar'))).status).toBe(200);
      keeping.control.failNext('refresh', { ...refused, times: 1 });
      expect((await keeper.request(keeping.at('/tokens/api?scope=read:events'))).status).toBe(401);
      const { answer, calls } = await watch(keeping, () => keeper.request(keeping.at('/tokens/api?scope=read:events')));
      expect([errorCodeOf(answer), calls]).toEqual(['login_required', {}]);
      expect(await isLoggedIn(keeping, keeper)).toBe(true);
      expect((await keeper.request(keeping.at('/calendar'))).status, 'a stored token is served').toBe(200);
    });
  });
});
