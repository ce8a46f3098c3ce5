import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../support/person.js';
import { adapters, CALENDAR_SCOPE, TestApp } from '../support/test-app.js';

describe.each(adapters)('the main job on %s', (adapter) => {
  let test: TestApp;
  let alice: Person;

  beforeAll(async () => {
    test = await TestApp.start(adapter);
    alice = new Person();
  });
  afterAll(() => test?.stop());

  it('logs a person in and brings them where they wanted to go', async () => {
    const page = await alice.open(test.at('/auth/login?returnTo=/calendar/open%3Fa%3D1'));
    expect(page.url).toContain(test.tenant.domain);

    const done = await alice.submit(page, { user: 'auth0|alice', action: 'login' });

    expect(done.url).toBe(test.at('/calendar/open?a=1'));
    expect(done.json()).toEqual({ name: expect.stringContaining('Alice') });
  });

  it('asks to connect before the handler runs, with the address that puts it right', async () => {
    const answer = await alice.request(test.at('/calendar?week=7'));

    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({
      statusCode: 403,
      errorCode: 'connection_required',
      connection: 'google-oauth2',
      scopes: [CALENDAR_SCOPE],
    });
    const connectUrl = new URL(answer.json<{ connectUrl: string }>().connectUrl);
    expect(connectUrl.origin + connectUrl.pathname).toBe(test.at('/auth/connect/google-oauth2'));
    expect(connectUrl.searchParams.getAll('scopes')).toEqual([CALENDAR_SCOPE]);
    expect(connectUrl.searchParams.get('returnTo')).toBe('/calendar?week=7');
  });

  it('connects the account by that address and runs the handler with a token the provider accepts', async () => {
    const refused = await alice.request(test.at('/calendar'));
    const consent = await alice.open(refused.json<{ connectUrl: string }>().connectUrl);

    const done = await alice.submit(consent, { action: 'approve' });

    expect(done.url).toBe(test.at('/calendar'));
    const { token } = done.json<{ token: string }>();
    const events = await fetch(`${test.tenant.domain}/upstream/google/calendar/v3/calendars/primary/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(events.status).toBe(200);
  });

  it('exchanges once and then serves the stored token', async () => {
    test.control.resetCounts();
    const tokens = [await alice.request(test.at('/calendar')), await alice.request(test.at('/calendar'))];
    expect(new Set(tokens.map((answer) => answer.text)).size).toBe(1);
    expect(test.control.count('exchange')).toBe(0);
  });

  it('lists and disconnects accounts, and the token is gone with the account', async () => {
    await test.connect(alice, 'github');
    const listed = await alice.request(test.at('/auth/accounts'));
    const { accounts } = listed.json<{ accounts: { id: string; connection: string }[] }>();
    expect(accounts.map(({ connection }) => connection).toSorted()).toEqual(['github', 'google-oauth2']);

    const google = accounts.find(({ connection }) => connection === 'google-oauth2');
    const gone = await alice.request(test.at(`/auth/accounts/${google?.id}`), { method: 'DELETE' });

    expect(gone.status).toBe(204);
    const after = await alice.request(test.at('/calendar'));
    expect(after.json()).toMatchObject({ errorCode: 'connection_required' });
    expect((await alice.request(test.at('/auth/accounts'))).json<{ accounts: unknown[] }>().accounts).toHaveLength(1);
  });

  it('logs out here and at Auth0', async () => {
    const answer = await alice.request(test.at('/auth/logout'), { method: 'POST' });
    expect(answer.status).toBe(302);
    expect(answer.location).toContain(`${test.tenant.domain}/oidc/logout`);

    const done = await alice.open(answer.location ?? '');

    expect(new URL(done.url).origin).toBe(test.url);
    expect((await alice.request(test.at('/auth/profile'))).status).toBe(401);
    const login = await alice.open(test.at('/auth/login'));
    expect(login.url, 'Auth0 asks who it is').toContain(test.tenant.domain);
  });
});
