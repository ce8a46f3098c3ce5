/** The sample app as an API, and a page whose script calls it as a single-page application would. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Person } from '../support/person.js';
import {
  overflow,
  SampleInBrowser,
  startSample,
  stopAtTheFirstFailure,
  type RunningSample,
} from './sample-in-browser.js';

const executablePath = inject('services').chromium;
const ADAPTERS = ['express', 'fastify'];
const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

describe.skipIf(executablePath === undefined).each(ADAPTERS)('the agenda in a browser on %s', (adapter) => {
  let sample: SampleInBrowser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    sample = await SampleInBrowser.start(adapter, executablePath);
    ({ page, url } = sample);
  }, 60_000);

  afterAll(() => sample?.stop());
  stopAtTheFirstFailure();

  const load = () => page.getByRole('button', { name: 'Load my agenda' }).click();
  /** What the script has said; a screen reader says it too. */
  const said = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text });
  const titles = () => page.getByRole('list', { name: 'Entries' }).getByRole('heading').allTextContents();
  /** The calls of the script since the last look that were refused. */
  const refused = () => sample.complaints.splice(0);
  /** The same, once there is one: the page may say so before the browser reports it. */
  const nowRefused = async () => {
    await expect.poll(() => sample.complaints.length).toBeGreaterThan(0);
    return refused();
  };

  it('asks for a login first, and comes back', async () => {
    await page.goto(`${url}/agenda`);
    await sample.logIn('Alice');
    await sample.heading('Agenda').waitFor();
    expect(page.url()).toBe(`${url}/agenda`);
    await sample.picture('20-agenda');
  });

  it('offers to connect Google when the API asks for it', async () => {
    await load();
    await said('connection_required').waitFor();
    expect(await nowRefused()).toEqual([`403 ${url}/api/events`]);
    expect(await page.getByRole('list', { name: 'Entries' }).isVisible()).toBe(false);
    await sample.picture('21-agenda-offers-to-connect');
  });

  it('takes a no for what it is', async () => {
    await page.getByRole('link', { name: 'Connect Google' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();

    await page.waitForURL(`${url}/agenda**`);
    expect(await sample.notice('status').textContent()).toContain('Google was not connected');
  });

  it('asks for the permission that was kept back', async () => {
    await load();
    await page.getByRole('link', { name: 'Connect Google' }).click();
    await page.getByRole('checkbox', { name: 'calendar.readonly' }).uncheck();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(`${url}/agenda**`);
    refused();

    await load();
    await said('insufficient_scope').waitFor();
    expect(await nowRefused()).toEqual([`403 ${url}/api/events`]);
  });

  it('connects, comes back, and shows the entries at the next press', async () => {
    await page.getByRole('link', { name: 'Review permissions' }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(`${url}/agenda**`);
    expect(await sample.notice('status').textContent()).toContain('Google is connected');

    const [token, events] = await Promise.all([
      page.waitForRequest(`${url}/agenda/token`),
      page.waitForRequest(`${url}/api/events`),
      load(),
    ]);
    await said('entries from alice@gmail.example').waitFor();

    expect(await titles()).toContain('Stand-up');
    expect(token.method()).toBe('POST');
    expect((await events.allHeaders()).cookie, 'the token alone says who calls').toBeUndefined();
    expect((await token.response())?.headers()['cache-control']).toContain('no-store');
    expect((await events.response())?.headers()['cache-control']).toContain('no-store');
    await sample.picture('22-agenda-entries');
  });

  it('had the API exchange the caller’s token with a client of its own', () => {
    const exchange = sample.tenant.control.requests.findLast(({ kind }) => kind === 'exchange');
    expect(exchange?.body).toMatchObject({
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      connection: 'google-oauth2',
      client_id: expect.stringMatching(/^daylight-api-/) as string,
    });
  });

  it('shows what a provider says as text, whatever it is', async () => {
    const title = '<img src=x onerror="document.title=1"><b>Meeting</b>';
    sample.tenant.control.rewriteNext('upstream', (body) => ({
      ...body,
      items: [{ id: '1', summary: title, start: { date: '2030-05-01' }, end: { date: '2030-05-02' } }],
    }));
    await load();
    await said('1 entry').waitFor();

    expect(await titles()).toEqual([title]);
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(await page.getByRole('list', { name: 'Entries' }).textContent()).toMatch(/All day.*Wed,? 1 May/);
  });

  it('says by its code what the API has against the token', async () => {
    const token = (scope: string): Promise<string> =>
      sample.tenant.control.logoutToken(
        { aud: `${url}/api`, sub: 'auth0|alice', azp: 'spa', scope, events: undefined, sid: undefined },
        { typ: 'at+jwt' },
      );
    for (const [given, status, code] of [
      [await token('openid'), 403, 'insufficient_token_scope'],
      ['no-token-at-all', 401, 'invalid_token'],
    ] as const) {
      await page.route('**/agenda/token', (route) => route.fulfill({ json: { accessToken: given } }), { times: 1 });
      await load();
      await said(code).waitFor();
      expect(await nowRefused()).toEqual([`${status} ${url}/api/events`]);
    }
    expect(await page.getByRole('list', { name: 'Entries' }).isVisible()).toBe(false);
    await sample.picture('23-agenda-token-refused');
  });

  it('says so when nobody answers, or not as agreed', async () => {
    await page.route('**/api/events', (route) => route.abort(), { times: 1 });
    await load();
    await said('no_answer').waitFor();
    await page.route('**/api/events', (route) => route.fulfill({ body: '<html>' }), { times: 1 });
    await load();
    await said('Loading').waitFor({ state: 'detached' });
    expect(await page.getByRole('status').last().textContent()).toContain('no_answer');
    refused();
  });

  it('fits a phone, in the dark too', async () => {
    const small = await sample.phone({ colorScheme: 'dark' });
    await small.goto(`${url}/agenda`);
    await small.getByRole('button', { name: 'Load my agenda' }).click();
    await small.getByRole('heading', { name: 'Stand-up' }).waitFor();
    expect((await overflow(small)).x).toBe(0);
    await sample.picture('24-phone-agenda-dark', small);
    await small.context().close();
  });

  it('sends somebody to the login whose session has ended meanwhile', async () => {
    await sample.context.clearCookies();
    await load();
    await said('login_required').waitFor();
    expect(await nowRefused()).toEqual([`401 ${url}/agenda/token`]);
    expect(await page.getByRole('link', { name: 'Log in' }).getAttribute('href')).toBe(
      `${url}/auth/login?returnTo=%2Fagenda`,
    );
  });
});

describe.each(ADAPTERS)('the API of the sample app on %s', (adapter) => {
  let sample: RunningSample;
  let alice: Person;
  const at = (path: string): string => `${sample.url}${path}`;

  beforeAll(async () => {
    sample = await startSample(adapter);
    sample.tenant.control.connectAccount('auth0|alice', 'google-oauth2', { scopes: ['openid', CALENDAR] });
    alice = await logIn(sample);
  });
  afterAll(() => sample?.stop());

  const token = async (): Promise<string> => {
    const answer = await alice.request(at('/agenda/token'), { method: 'POST' });
    return answer.json<{ accessToken: string }>().accessToken;
  };

  it('refuses a request without a token by a bare challenge, and a session is none', async () => {
    expect((await alice.request(at('/api/calendar'))).status, 'the session is there').toBe(200);
    for (const person of [new Person(), alice]) {
      const answer = await person.request(at('/api/events'), { headers: { accept: 'text/html' } });
      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ errorCode: 'access_token_required' });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(answer.headers.get('www-authenticate')).not.toContain('error');
    }
  });

  it('answers with the entries to a token alone', async () => {
    const answer = await new Person().request(at('/api/events'), {
      headers: { authorization: `Bearer ${await token()}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ name: 'alice@gmail.example', events: expect.any(Array) as unknown[] });
  });

  it('gets another token of the provider when the provider has ended the one it had', async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    await new Person().request(at('/api/events'), { headers });
    sample.tenant.control.expireProviderTokens({ userId: 'auth0|alice', connection: 'google-oauth2' });
    expect((await new Person().request(at('/api/events'), { headers })).status).toBe(200);
  });

  it('gives a token to its own pages alone', async () => {
    const ask = (person: Person, headers: Record<string, string> = {}) =>
      person.request(at('/agenda/token'), { method: 'POST', headers });
    expect((await ask(new Person())).json()).toMatchObject({ statusCode: 401, errorCode: 'login_required' });
    const crossSite = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    expect((await ask(alice, crossSite)).status).toBe(403);
    expect((await alice.request(at('/agenda/token'))).status, 'a link leads nowhere').toBe(404);
    expect((await ask(alice)).headers.get('cache-control')).toBe('private, no-store');
  });

  it('tells callers where to get a token, and lets scripts of its own run alone', async () => {
    const metadata = await new Person().request(at('/.well-known/oauth-protected-resource'));
    expect(metadata.json()).toMatchObject({ resource: at('/api') });
    const page = await alice.request(at('/agenda'), { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'(;|$)/);
    const script = /src="(\/agenda\.js\?v=\w+)"/.exec(page.text)?.[1];
    const answer = await new Person().request(at(script ?? ''));
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe.each(ADAPTERS)('the sample app without an API on %s', (adapter) => {
  it('leads a person to the calendar, and gives and takes no access token', async () => {
    const sample = await startSample(adapter, { withApi: false });
    try {
      const alice = await logIn(sample);
      const page = await alice.request(`${sample.url}/agenda`, { headers: { accept: 'text/html' } });
      expect(page.status).toBe(200);
      expect(page.text).toContain('The agenda is not available yet');
      expect(page.text, 'no words of developers').not.toContain('AUTH0_');
      const scripts = [...page.text.matchAll(/<script[^>]* src="([^"?]*)/g)].map(([, path]) => path);
      expect(scripts, 'those of every page alone').toEqual(['/page.js']);
      expect(page.text.match(/<script/g)).toHaveLength(1);

      const token = await alice.request(`${sample.url}/agenda/token`, { method: 'POST' });
      const events = await alice.request(`${sample.url}/api/events`, { headers: { authorization: 'Bearer a.b.c' } });
      expect([token.status, events.status]).toEqual([404, 404]);
    } finally {
      await sample.stop();
    }
  });
});

/** Alice at a browser that is none. */
async function logIn({ url }: RunningSample): Promise<Person> {
  const alice = new Person();
  await alice.submit(await alice.open(`${url}/auth/login`), { user: 'auth0|alice', action: 'login' });
  return alice;
}
