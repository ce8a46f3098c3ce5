import { ConfigurationError, type FailedCallback } from 'nestjs-auth0-connect';
import { afterEach, describe, expect, it } from 'vitest';
import { changed, errorCodeOf, NAVIGATION_FROM_ELSEWHERE, pendingConnect, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp, type TestAppOptions } from '../support/test-app.js';

type Page = NonNullable<TestAppOptions['options']>['failedCallbackPage'];

/** Where a cancelled login, a cancelled connect and a callback of nothing lead to. */
async function failAll(app: TestApp): Promise<(string | null)[]> {
  const person = new Person();
  const denied = { code: undefined, connect_code: undefined, error: 'access_denied' };
  const open = async (address: string | URL): Promise<string | null> =>
    (await person.request(address, { headers: NAVIGATION_FROM_ELSEWHERE })).headers.get('location');
  const login = await open(changed(await pendingLogin(app, person), denied));
  const unknown = await open(app.at('/auth/callback?state=x'));
  await app.logIn('auth0|alice', person);
  const connect = await open(changed(await pendingConnect(app, person), denied));
  return [login, unknown, connect];
}

describe.each(adapters)('the page that an application names for failed callbacks on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  const start = async (failedCallbackPage: Page): Promise<TestApp> =>
    (test = await TestApp.start(adapter, { options: { failedCallbackPage } }));

  it('is where all of them lead to, with what has failed', async () => {
    const app = await start('/sorry?from=auth0#top');
    expect(await failAll(app)).toEqual([
      '/sorry?from=auth0&auth0_connect_error=access_denied#top',
      '/sorry?from=auth0&auth0_connect_error=invalid_state#top',
      '/sorry?from=auth0&auth0_connect_error=access_denied&auth0_connect_connection=github#top',
    ]);
  });

  it('is chosen for each by what the application is told of it', async () => {
    const told: FailedCallback[] = [];
    const app = await start((failure) => {
      told.push(failure);
      return failure.kind === 'connect' ? `/accounts?back=${encodeURIComponent(failure.returnTo ?? '')}` : undefined;
    });

    expect(await failAll(app)).toEqual([
      '/calendar/open?auth0_connect_error=access_denied',
      '/?auth0_connect_error=invalid_state',
      '/accounts?back=%2Fcalendar%2Fopen&auth0_connect_error=access_denied&auth0_connect_connection=github',
    ]);
    expect(told.map(({ error, ...failure }) => ({ code: error.code, ...failure }))).toEqual([
      { code: 'access_denied', kind: 'login', returnTo: '/calendar/open', connection: undefined, isLoggedIn: false },
      { code: 'invalid_state', kind: undefined, returnTo: undefined, connection: undefined, isLoggedIn: false },
      { code: 'access_denied', kind: 'connect', returnTo: '/calendar/open', connection: 'github', isLoggedIn: true },
    ]);
  });

  it('is where a person is told that a callback was opened again, too', async () => {
    const app = await start('/sorry');
    const person = new Person();
    const callback = await pendingLogin(app, person);
    await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });
    const again = await person.request(callback, { headers: NAVIGATION_FROM_ELSEWHERE });
    expect(again.headers.get('location')).toBe('/sorry?auth0_connect_error=invalid_state');
  });

  it('is not for programs', async () => {
    const app = await start('/sorry');
    const answer = await new Person().request(app.at('/auth/callback?state=x'));
    expect([answer.status, errorCodeOf(answer)]).toEqual([400, 'invalid_state']);
  });

  it.each<[string, Page]>([
    ['another site', () => 'https://evil.example/'],
    ['no address', () => ({}) as string],
    [
      'nothing, for it throws',
      () => {
        throw new Error('a secret of the application');
      },
    ],
    ['a promise', (() => Promise.resolve('/sorry')) as unknown as () => string],
  ])('is not %s: then it is the one that the person came from', async (_what, page) => {
    const app = await start(page);
    expect(await failAll(app)).toEqual([
      '/calendar/open?auth0_connect_error=access_denied',
      '/?auth0_connect_error=invalid_state',
      '/calendar/open?auth0_connect_error=access_denied&auth0_connect_connection=github',
    ]);
  });

  it.each([['https://evil.example/'], ['//evil.example'], ['sorry'], [''], [7], [{}], [['/sorry']]])(
    'is looked at when the application starts: not %j',
    async (page) => {
      const error = await start(page as Page).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as ConfigurationError).problems).toEqual([expect.stringMatching(/^failedCallbackPage /)]);
    },
  );
});
