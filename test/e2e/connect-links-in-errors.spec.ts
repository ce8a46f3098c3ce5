import { ConnectNeededError, WorkerAccountsService } from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { instanceToken } from '../../libs/auth0-connect/src/nest/decorators/inject.decorators.js';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { AS_A_PAGE, NAVIGATION, someUsers } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

describe.each(adapters)('an error that says to connect on %s', (adapter) => {
  let test: TestApp;
  let worker: WorkerAccountsService;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await startApiApp(adapter, {
      tenant: { users: someUsers() },
      options: { connectLinksInErrors: true, backgroundWork: true },
    });
    worker = test.app.get<WorkerAccountsService>(instanceToken(WorkerAccountsService, 'default'));
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    user = `auth0|person${count++}`;
  });

  const refused = async (path = '/api/github', claims: object = {}): Promise<Record<string, string>> => {
    const headers = bearer(await mintAccessToken(test, { sub: user, ...claims }));
    const answer = await new Person().request(test.at(path), { headers });
    expect(answer.status).toBe(403);
    return answer.json();
  };
  const links = (): Promise<unknown[]> => test.database.query('SELECT id FROM auth0_connect_links');

  it('holds a link for a caller of the API, which its user opens anywhere, and the call goes on', async () => {
    const { errorCode, connectUrl = '' } = await refused();
    expect([errorCode, connectUrl]).toEqual(['connection_required', expect.stringContaining(test.at('/auth/link/'))]);

    const phone = new Person();
    const login = await phone.open(connectUrl, { headers: AS_A_PAGE });
    const consent = await phone.submit(login, { user, action: 'login' });
    const done = await phone.submit(consent, { action: 'approve' });
    expect(done.text).toContain('The account is connected');

    const headers = bearer(await mintAccessToken(test, { sub: user }));
    expect((await new Person().request(test.at('/api/github'), { headers })).status).toBe(200);
  });

  it('holds the same link again for the same need, until that is half over', async () => {
    const before = (await links()).length;
    const [first, second] = [await refused(), await refused()];
    const other = await refused('/api/work');
    await refused();
    expect(second.connectUrl).toBe(first.connectUrl);
    expect(other.connectUrl).not.toBe(first.connectUrl);
    expect((await links()).length - before).toBe(2);

    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 301_000);
    const later = await refused().finally(() => vi.useRealTimers());
    expect(later.connectUrl).not.toBe(first.connectUrl);
  });

  it('makes few links of many refusals at once', async () => {
    const before = (await links()).length;
    await Promise.all(Array.from({ length: 40 }, () => refused()));
    await refused();
    expect((await links()).length - before).toBeLessThanOrEqual(20);
  });

  it('holds a link for background work, and makes one by createLink()', async () => {
    const other = `auth0|person${count++}`;
    await test.logIn(other);
    const error = await worker
      .getAccessTokenForConnection({ userId: other }, { connection: 'github', scopes: ['repo'] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectNeededError);
    const needed = error as ConnectNeededError;
    const [again, elsewhere] = [await needed.createLink(), await needed.createLink({ returnTo: '/calendar/open' })];
    expect(needed.connectUrl).toBe(again?.url);
    expect(elsewhere?.url).not.toBe(again?.url);
    expect(await worker.connectLinkStatus({ userId: other }, again?.id ?? '')).toMatchObject({
      status: 'pending',
      connection: 'github',
      scopes: ['repo'],
    });
  });

  it('leads a person at our pages to the connect route as before', async () => {
    const person = await test.logIn(user);
    const before = (await links()).length;
    const answer = await person.request(test.at('/calendar'));
    expect(answer.json().connectUrl).toContain('/auth/connect/google-oauth2');
    expect((await links()).length).toBe(before);
  });

  it('holds none where links are switched off, which the option does not go with', async () => {
    const off = { connectLinksInErrors: true, routes: { link: false } } as const;
    await expect(TestApp.start(adapter, { options: off })).rejects.toThrow('connectLinksInErrors needs the route');
  });

  it('is put right in a pop-up, by the connection as a parameter and a page that closes it', async () => {
    const person = await test.logIn(user);
    const start = test.at('/auth/connect?connection=github&scopes=repo&scopes=read:user&returnTo=/auth/close');
    const consent = await person.open(start, { headers: NAVIGATION });
    const done = await person.submit(consent, { action: 'approve' });
    expect([done.url, done.status]).toEqual([test.at('/auth/close'), 200]);
    expect(done.text).toContain('<script>window.close();</script>');
    expect(test.control.accounts(user)).toMatchObject([{ connection: 'github', scopes: ['repo', 'read:user'] }]);

    const refusal = await person.submit(
      await person.open(start, { headers: NAVIGATION }),
      { action: 'cancel' },
      { headers: NAVIGATION },
    );
    expect(refusal.text).toContain('The account was not connected');
    expect(refusal.text).not.toContain('<script>');
    expect((await person.request(test.at('/auth/connect'), { headers: NAVIGATION })).json()).toMatchObject({
      errorCode: 'invalid_request',
      parameter: 'connection',
    });
  });
});
