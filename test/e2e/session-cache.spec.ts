import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, SessionGuard, type UserClaims } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Person } from '../support/person.js';
import { changeSealedSessions } from '../support/sealed-sessions.js';
import { adapters, TestApp } from '../support/test-app.js';

const SECONDS = 5;

@Controller('roles')
@UseGuards(SessionGuard)
class RolesController {
  @Get()
  list(@CurrentUser() user: UserClaims): UserClaims {
    return user;
  }

  @Get('rename')
  rename(@CurrentUser() user: { name: string }): unknown {
    user.name = 'Mallory';
    return user;
  }

  @Get('promote')
  promote(@CurrentUser() user: { roles: string[] }): unknown {
    user.roles.push('admin');
    return user;
  }
}

describe.each(adapters)('the session cache on %s', (adapter) => {
  let test: TestApp;

  beforeAll(async () => {
    test = await TestApp.start(adapter, {
      options: { sessionCacheSeconds: SECONDS },
      controllers: [RolesController],
    });
  });
  afterAll(() => test?.stop());
  afterEach(() => void vi.useRealTimers());

  const rows = (statement: string): Promise<unknown> => test.database.query(statement);

  it('serves a request without the database until the time is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const alice = await test.logIn();
    await alice.request(test.at('/auth/profile'));
    await rows('DELETE FROM auth0_connect_sessions'); // as another process would

    const within = await alice.request(test.at('/auth/profile'));
    vi.setSystemTime(Date.now() + SECONDS * 1000 + 1);
    const after = await alice.request(test.at('/auth/profile'));

    expect([within.status, after.status]).toEqual([200, 401]);
  });

  it('sees at once what this process changes: a logout, a disconnect, an exchange', async () => {
    const alice = await test.logIn('auth0|alice', new Person());
    await test.connect(alice, 'google-oauth2');
    const first = await alice.request(test.at('/calendar/details'));
    expect(first.status).toBe(200);

    const { accounts } = (await alice.request(test.at('/auth/accounts'))).json<{ accounts: { id: string }[] }>();
    for (const { id } of accounts) await alice.request(test.at(`/auth/accounts/${id}`), { method: 'DELETE' });
    expect((await alice.request(test.at('/calendar/details'))).status).toBe(403);

    const cookie = alice.cookieHeader(new URL(test.url));
    await alice.request(test.at('/auth/logout'), { method: 'POST' });
    expect((await new Person().request(test.at('/auth/profile'), { headers: { cookie } })).status).toBe(401);
  });

  it('lets no request change what another one is told about the user', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const alice = await test.logIn('auth0|alice', new Person());
    const claims = { sub: 'auth0|alice', name: 'Alice', roles: ['reader'] };
    await changeSealedSessions(test, () => ({ claims }));
    vi.setSystemTime(Date.now() + SECONDS * 1000 + 1);
    const request = (path: string) => alice.request(test.at(path));
    expect((await request('/roles')).json()).toEqual(claims);

    // The object is the request's own; what hangs on it is shared, and holds against a change.
    expect((await request('/roles/rename')).json()).toEqual({ ...claims, name: 'Mallory' });
    expect((await request('/roles/promote')).status).toBe(500);

    expect((await request('/roles')).json()).toEqual(claims);
  });

  it("never serves one person's session or token to another", async () => {
    const alice = await test.logIn('auth0|alice', new Person());
    const bob = await test.logIn('auth0|bob', new Person());
    await test.connect(alice, 'google-oauth2');
    await alice.request(test.at('/calendar/details'));

    const answers = await Promise.all([alice, bob].map((person) => person.request(test.at('/auth/profile'))));
    expect(answers.map((answer) => answer.json().sub)).toEqual(['auth0|alice', 'auth0|bob']);
    expect((await bob.request(test.at('/calendar/details'))).status).toBe(403);
  });
});
