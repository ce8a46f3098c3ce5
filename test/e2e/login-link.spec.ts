import { afterEach, describe, expect, it } from 'vitest';
import { errorCodeOf, isLoggedIn, NAVIGATION, NAVIGATION_FROM_ELSEWHERE, storedRows } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, API_AUDIENCE, TestApp, type TestAppOptions } from '../support/test-app.js';

type Params = NonNullable<NonNullable<TestAppOptions['options']>['authorizationParams']>;
const MFA = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';
const organizations = [
  { id: 'org_one', name: 'one', members: ['auth0|alice'] },
  { id: 'org_two', name: 'two', members: ['auth0|alice'] },
];

describe.each(adapters)('a link to the login on %s', (adapter) => {
  let test: TestApp | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  const start = async (params: Params = {}): Promise<TestApp> =>
    (test = await TestApp.start(adapter, {
      tenant: { organizations },
      options: { authorizationParams: { audience: API_AUDIENCE, ...params } },
    }));
  /** What Auth0 is asked, of these parameters. */
  const asked = async (query: Record<string, string>, names: string[]): Promise<Record<string, string | null>> => {
    const address = `/auth/login?${new URLSearchParams(query).toString()}`;
    const answer = await new Person().request(test!.at(address), { headers: NAVIGATION_FROM_ELSEWHERE });
    expect(answer.status).toBe(302);
    const { searchParams } = new URL(answer.location ?? '');
    expect(names.map((name) => searchParams.getAll(name).length <= 1)).toEqual(names.map(() => true));
    return Object.fromEntries(names.map((name) => [name, searchParams.get(name)]));
  };

  it('may ask for a step-up, and choose what the application leaves open', async () => {
    await start();
    const query = {
      acr_values: MFA,
      max_age: '0',
      prompt: 'login',
      connection: 'google-oauth2',
      organization: 'org_one',
    };
    expect(await asked(query, Object.keys(query))).toEqual(query);
  });

  it.each([
    ['prompt', 'login', 'none'],
    ['connection', 'corporate', 'google-oauth2'],
    ['acr_values', MFA, 'urn:weak'],
    ['max_age', '60', '86400'],
    ['audience', API_AUDIENCE, 'https://other.example.com'],
    ['display', 'page', 'popup'],
  ])('leaves %s as the application has it', async (name, configured, wished) => {
    await start({ [name]: configured });
    expect(await asked({ [name]: wished }, [name])).toEqual({ [name]: configured });
    expect(await asked({ [name]: '' }, [name])).toEqual({ [name]: configured });
    expect(await asked({}, [name])).toEqual({ [name]: configured });
  });

  it('may ask for a newer login than the application does, and not for an older one', async () => {
    await start({ max_age: 3600 });
    expect(await asked({ max_age: '60' }, ['max_age'])).toEqual({ max_age: '60' });
    expect(await asked({ max_age: '0' }, ['max_age'])).toEqual({ max_age: '0' });
    expect(await asked({ max_age: '3601' }, ['max_age'])).toEqual({ max_age: '3600' });
  });

  it.each(['-1', '1.5', '1e3', 'NaN', '99999999999', ' 60'])('asks for no max_age of %j', async (maxAge) => {
    const app = await start({ max_age: 3600 });
    const answer = await new Person().request(app.at(`/auth/login?max_age=${encodeURIComponent(maxAge)}`));
    expect([answer.status, errorCodeOf(answer)]).toEqual([400, 'invalid_request']);
    expect((await storedRows(app)).transactions).toBe(0);
  });

  it('chooses no organization in place of the one of the application', async () => {
    const app = await start({ organization: 'org_one' });
    expect(await asked({ organization: 'org_one' }, ['organization'])).toEqual({ organization: 'org_one' });
    const { transactions } = await storedRows(app);
    const other = await new Person().request(app.at('/auth/login?organization=org_two'));
    expect([other.status, errorCodeOf(other)]).toEqual([400, 'invalid_request']);
    expect((await storedRows(app)).transactions).toBe(transactions);
  });

  it.each([
    'organization=org_two',
    'prompt=login',
    'connection=google-oauth2',
    'login_hint=mallory@example.com',
    'max_age=0',
  ])('of another site asks somebody who is logged in first (%s)', async (query) => {
    const app = await start();
    const person = await app.logIn();
    const { transactions } = await storedRows(app);
    const address = app.at(`/auth/login?returnTo=/calendar/open&${query}`);
    const asking = await person.request(address, { headers: NAVIGATION_FROM_ELSEWHERE });

    expect(asking.status).toBe(200);
    expect(asking.text).toContain('Log in again?');
    expect(asking.headers.getSetCookie()).toEqual([]);
    expect((await storedRows(app)).transactions).toBe(transactions);
    expect(await isLoggedIn(app, person)).toBe(true);
    const href = /href="([^"]*)"/.exec(asking.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const confirmed = await person.request(new URL(href, app.url), { headers: NAVIGATION });
    expect(confirmed.location).toContain(`${app.tenant.domain}/authorize`);
  });

  it('of another site, or of the application itself, is followed at once where it changes nothing', async () => {
    const app = await start();
    const person = await app.logIn();
    for (const [headers, query] of [
      [NAVIGATION_FROM_ELSEWHERE, ''],
      [NAVIGATION, '?organization=org_two'],
    ] as const) {
      const answer = await person.request(app.at(`/auth/login${query}`), { headers });
      expect(answer.location).toContain(`${app.tenant.domain}/authorize`);
    }
  });
});
