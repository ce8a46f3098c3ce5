import { Body, Controller, Get, Inject, Param, Post, UseGuards } from '@nestjs/common';
import {
  ConnectedAccountsService,
  CurrentSubject,
  SessionOrAccessTokenGuard,
  SessionService,
  WorkerAccountsService,
  type ConnectLink,
  type ConnectLinkStatus,
  type CreateConnectLinkOptions,
  type LoginSession,
  type Subject,
  type UserSubject,
} from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectLinkOpening } from '../../libs/auth0-connect/src/accounts/connect-link-opening.js';
import { instanceToken } from '../../libs/auth0-connect/src/nest/decorators/inject.decorators.js';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import {
  AS_A_PAGE,
  errorCodeOf,
  lastRequest,
  NAVIGATION,
  NAVIGATION_FROM_ELSEWHERE,
  someUsers,
  storedRows,
  tally,
  unknownToken,
  watch,
} from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, type TestApp } from '../support/test-app.js';
import { unasked } from '../support/unasked.js';

@Controller('links')
@UseGuards(SessionOrAccessTokenGuard)
class LinksController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Post()
  create(@CurrentSubject() subject: Subject, @Body() options: CreateConnectLinkOptions): Promise<ConnectLink> {
    return this.accounts.createConnectLink(subject, options);
  }

  @Get(':id')
  status(@CurrentSubject() subject: Subject, @Param('id') id: string): Promise<ConnectLinkStatus> {
    return this.accounts.connectLinkStatus(subject, id);
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
const GITHUB = { connection: 'github', scopes: ['repo'] };
const FROM_A_MAIL = { headers: NAVIGATION_FROM_ELSEWHERE };

/** What a page shows that says done. */
const DONE = {
  status: 200,
  saysSo: true,
  closes: true,
  policy: true,
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
};

function endOn({ status, text, headers }: Answer): typeof DONE {
  const policy = headers.get('content-security-policy') ?? '';
  return {
    status,
    saysSo: text.includes('The account is connected'),
    closes: text.includes('<script>window.close();</script>'),
    policy: /default-src 'none'.*script-src 'sha256-[\w+/]{43}='$/.test(policy) && !policy.includes('unsafe'),
    'cache-control': headers.get('cache-control') ?? '',
    'referrer-policy': headers.get('referrer-policy') ?? '',
  };
}

/** What a page shows to somebody whom the link is not for. */
const REFUSED = { status: 403, saysSo: true, tells: [] as string[] };

function refusalOn({ status, text }: Answer): typeof REFUSED {
  const tells = ['auth0|', 'github', 'repo', 'person'].filter((told) => text.includes(told));
  return { status, saysSo: text.includes('made for another user'), tells };
}

const open = (person: Person, { url }: ConnectLink): Promise<Answer> => person.open(url, FROM_A_MAIL);
const approve = (page: Answer, person: Person): Promise<Answer> =>
  person.submit(page, { action: 'approve' }, FROM_A_MAIL);

function moveClock(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + seconds * 1000);
}

describe.each(adapters)('a connect link on %s', (adapter) => {
  let test: TestApp;
  let accounts: ConnectedAccountsService;
  let worker: WorkerAccountsService;
  let user: string;
  let other: string;
  let count = 0;

  beforeAll(async () => {
    test = await startApiApp(adapter, {
      tenant: { users: someUsers(200), organizations: [{ id: 'org_one', name: 'one', members: ['auth0|person0'] }] },
      controllers: [LinksController],
    });
    accounts = test.app.get(ConnectedAccountsService);
    worker = test.app.get<WorkerAccountsService>(instanceToken(WorkerAccountsService, 'default'));
  });
  afterAll(() => test?.stop());
  beforeEach(() => {
    count += 2;
    [user, other] = [`auth0|person${count}`, `auth0|person${count + 1}`];
  });
  afterEach(() => void vi.useRealTimers());

  const createFor = (subject: UserSubject, options: Partial<CreateConnectLinkOptions> = {}): Promise<ConnectLink> =>
    worker.createConnectLink(subject, { ...GITHUB, ...options });
  const create = (options: Partial<CreateConnectLinkOptions> = {}): Promise<ConnectLink> =>
    createFor({ userId: user }, options);
  const statusOf = async ({ id }: ConnectLink): Promise<string> =>
    (await worker.connectLinkStatus({ userId: user }, id)).status;
  const logInOn = (page: Answer, person: Person, as = user): Promise<Answer> =>
    person.submit(page, { user: as, action: 'login' }, FROM_A_MAIL);
  const connectionsOf = (userId = user): string[] => test.control.accounts(userId).map(({ connection }) => connection);
  const untouched = ['pending', [], []];
  const stateOf = async (link: ConnectLink): Promise<unknown[]> => [
    await statusOf(link),
    connectionsOf(),
    connectionsOf(other),
  ];

  describe('connects the account of its user', () => {
    it('who is logged in, with the scopes it was made for, and says how far it is', async () => {
      const person = await test.logIn(user);
      const [session] = (await test.app.get(SessionService).listSessions(user)) as [LoginSession];
      const link = await accounts.createConnectLink(session, { ...GITHUB, loginHint: 'octocat' });
      const states = [(await accounts.connectLinkStatus(session, link.id)).status];

      const consent = await open(person, link);
      states.push((await accounts.connectLinkStatus(session, link.id)).status);
      const asked = lastRequest(test, 'connect').body;
      const done = await approve(consent, person);

      const { id, expiresAt } = link;
      expect(await accounts.connectLinkStatus(session, id)).toEqual({ id, status: 'connected', ...GITHUB, expiresAt });
      expect(states).toEqual(['pending', 'opened']);
      expect(asked).toMatchObject({ ...GITHUB, authorization_params: { login_hint: 'octocat' } });
      expect(endOn(done)).toEqual(DONE);
      expect(connectionsOf()).toEqual(['github']);
    });

    it('who has to log in first, and comes back to the link', async () => {
      const [person, link] = [new Person(), await create()];
      const login = await open(person, link);
      expect([login.url.startsWith(test.tenant.domain), await statusOf(link)]).toEqual([true, 'pending']);
      expect(endOn(await approve(await logInOn(login, person), person))).toEqual(DONE);
      expect([connectionsOf(), await statusOf(link)]).toEqual([['github'], 'connected']);
    });

    it('and goes on to where the application wants', async () => {
      const person = await test.logIn(user);
      const link = await create({ returnTo: '/calendar/open?from=link' });
      const done = await approve(await open(person, link), person);
      expect([done.status, done.url]).toEqual([200, test.at('/calendar/open?from=link')]);
    });

    it('by whatever kind of subject it was made, which alone may ask for its state', async () => {
      const token = await mintAccessToken(test, { sub: user });
      const headers = { ...bearer(token), 'content-type': 'application/json' };
      const options = { method: 'POST', headers, body: JSON.stringify(GITHUB) };
      const link = (await new Person().request(test.at('/links'), options)).json<ConnectLink>();
      const ask = async (claims: object): Promise<unknown> => {
        const asking = { headers: bearer(await mintAccessToken(test, { sub: user, ...claims })) };
        const answer = await new Person().request(test.at(`/links/${link.id}`), asking);
        return answer.status === 200 ? answer.json().status : errorCodeOf(answer);
      };
      const person = await test.logIn(user);
      const [session] = (await test.app.get(SessionService).listSessions(user)) as [LoginSession];

      expect(endOn(await approve(await open(person, link), person))).toEqual(DONE);

      const notFound = { code: 'connect_link_not_found' };
      expect([await ask({}), await statusOf(link)]).toEqual(['connected', 'connected']);
      expect(await accounts.connectLinkStatus(session, link.id)).toMatchObject({ status: 'connected' });
      expect([await ask({ sub: other }), await ask({ org_id: 'org_one' })]).toEqual([notFound.code, notFound.code]);
      await expect(worker.connectLinkStatus({ userId: other }, link.id)).rejects.toMatchObject(notFound);
      for (const id of ['', 'x', unknownToken(), `${link.id}=`, undefined, { length: 43 }]) {
        await expect(worker.connectLinkStatus({ userId: user }, id as string)).rejects.toMatchObject(notFound);
      }
      await expect(accounts.createConnectLink({ userId: user }, GITHUB)).rejects.toMatchObject({
        code: 'unsupported_subject',
      });
    });

    it('at the organization it was made for, to which the login leads', async () => {
      const link = await createFor({ userId: 'auth0|person0', orgId: 'org_one' });
      const person = await test.logIn('auth0|person0');
      const elsewhere = await open(person, link);
      expect([elsewhere.status, connectionsOf('auth0|person0')]).toEqual([403, []]);

      const newcomer = new Person();
      const login = await open(newcomer, link);
      expect(lastRequest(test, 'authorize').query.organization).toBe('org_one');
      expect(endOn(await approve(await logInOn(login, newcomer, 'auth0|person0'), newcomer))).toEqual(DONE);
    });
  });

  describe('holds nothing', () => {
    it('but a random id in its address, which the tables do not have', async () => {
      const link = await create({ loginHint: 'octocat@example.com', returnTo: '/private/page' });
      const stored = JSON.stringify(await test.database.query('SELECT * FROM auth0_connect_links'));
      expect(link.url).toBe(test.at(`/auth/link/${link.id}`));
      expect(link.id).toMatch(/^[\w-]{43}$/);
      for (const secret of [link.id, user, 'github', 'repo', 'octocat', '/private/page']) {
        expect(stored).not.toContain(secret);
      }
    });

    it('of 10 minutes unless it is said, and of 30 seconds to an hour', async () => {
      const now = Date.now();
      const seconds = async (ttlSeconds?: number): Promise<number> =>
        Math.round(((await create({ ttlSeconds })).expiresAt.getTime() - now) / 1000);
      expect([await seconds(), await seconds(30), await seconds(3600)]).toEqual([600, 30, 3600]);
      for (const ttlSeconds of [29, 3601, 0, -1, 60.5, Number.NaN, '600']) {
        await expect(create({ ttlSeconds: ttlSeconds as number })).rejects.toMatchObject({ parameter: 'ttlSeconds' });
      }
    });

    it.each([
      [{ connection: 'a\nb' }, 'invalid_request'],
      [{ scopes: ['two words'] }, 'invalid_request'],
      [{ loginHint: '' }, 'invalid_request'],
      [{ returnTo: 'https://evil.example/' }, 'invalid_return_to'],
      [{ returnTo: '//evil.example' }, 'invalid_return_to'],
      [{ appBaseUrl: 'https://evil.example' }, 'invalid_request'],
    ])('that was made of %o', async (options, code) => {
      const before = await storedRows(test);
      await expect(create(options)).rejects.toMatchObject({ code });
      expect(await storedRows(test)).toEqual(before);
    });
  });

  describe('does nothing for anybody else', () => {
    it('who is logged in as somebody else, and may log in anew on that page', async () => {
      const [person, link] = [await test.logIn(other), await create({ returnTo: '/calendar/open' })];
      const { answer: page, calls } = await watch(test, () => open(person, link));
      expect([refusalOn(page), await stateOf(link)]).toEqual([REFUSED, untouched]);
      expect(calls).toEqual({});

      const href = /href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const login = await person.open(href, { headers: NAVIGATION });
      expect(lastRequest(test, 'authorize').query.prompt).toBe('login');
      const done = await approve(await logInOn(login, person), person);
      expect([done.url, await statusOf(link)]).toEqual([test.at('/calendar/open'), 'connected']);
    });

    it('to whom it was forwarded, and who logs in as themselves', async () => {
      const [person, link] = [new Person(), await create()];
      const page = await logInOn(await open(person, link), person, other);
      expect([refusalOn(page), await stateOf(link)]).toEqual([REFUSED, untouched]);
    });

    it('who has got hold of the consent that its user has begun', async () => {
      const [owner, thief, link] = [await test.logIn(user), await test.logIn(other), await create()];
      const consent = await open(owner, link);
      const callback = await owner.submit(consent, { action: 'approve' }, { until: test.url });
      const stolen = await thief.request(callback.location ?? '', { headers: AS_A_PAGE });
      expect(stolen.status).toBe(302);
      expect([await statusOf(link), connectionsOf(), connectionsOf(other)]).toEqual(['opened', [], []]);
    });

    it.each(unasked)('such as %s', async (_what, headers, method) => {
      const [person, link] = [await test.logIn(user), await create()];
      const rows = await storedRows(test);
      const { answer, calls } = await watch(test, () => person.request(link.url, { method, headers }));
      expect([answer.status, answer.headers.getSetCookie(), calls]).toEqual([403, [], {}]);
      expect([await storedRows(test), await statusOf(link)]).toEqual([rows, 'pending']);
    });

    it('such as a preview that takes itself for a browser: the link is as good as before', async () => {
      const link = await create();
      for (let times = 0; times < 3; times += 1) await new Person().open(link.url, { headers: AS_A_PAGE });
      expect(await statusOf(link)).toBe('pending');
      const person = await test.logIn(user);
      expect(endOn(await approve(await open(person, link), person))).toEqual(DONE);
    });
  });

  describe('is good once', () => {
    it('in one of two tabs, whichever is answered first', async () => {
      const [person, link] = [await test.logIn(user), await create()];
      const tabs = [await open(person, link), await open(person, link)];
      const callbacks = [];
      for (const tab of tabs) callbacks.push(await person.submit(tab, { action: 'approve' }, { until: test.url }));
      test.control.resetCounts();

      const answers = await Promise.all(callbacks.map(({ location }) => person.request(location ?? '', FROM_A_MAIL)));
      const pages = await Promise.all(answers.map(({ location }) => person.open(location ?? '', FROM_A_MAIL)));

      expect(test.control.count('complete')).toBe(1);
      expect(pages.map(endOn)).toEqual([DONE, DONE]);
      expect([connectionsOf(), await statusOf(link)]).toEqual([['github'], 'connected']);
    });

    it('and begins nothing when it is opened again', async () => {
      const [person, link] = [await test.logIn(user), await create()];
      await approve(await open(person, link), person);
      const rows = await storedRows(test);
      const { answer, calls } = await watch(test, () => open(person, link));
      expect(endOn(answer)).toEqual(DONE);
      expect([calls, await storedRows(test)]).toEqual([{}, rows]);

      const stranger = await open(new Person(), link);
      expect([stranger.status, stranger.text]).toEqual([410, expect.stringContaining('was used already')]);
      expect((await open(await test.logIn(other), link)).status).toBe(403);
    });

    it('for a no as well, which whoever waits hears of', async () => {
      const [person, link] = [await test.logIn(user), await create()];
      const page = await person.submit(await open(person, link), { action: 'cancel' }, FROM_A_MAIL);
      expect([page.status, page.text]).toEqual([200, expect.stringContaining('You have not allowed it')]);
      expect(await worker.connectLinkStatus({ userId: user }, link.id)).toMatchObject({
        status: 'failed',
        errorCode: 'access_denied',
      });

      const withPage = await create({ returnTo: '/calendar/open' });
      const told = await person.submit(await open(person, withPage), { action: 'cancel' }, FROM_A_MAIL);
      const failure = '?auth0_connect_error=access_denied&auth0_connect_connection=github';
      expect(told.url).toBe(test.at(`/calendar/open${failure}`));
    });

    it('within its time: not opened later, and answered ten minutes later at most', async () => {
      const person = await test.logIn(user);
      const [unopened, opened] = [await create(), await create()];
      const consent = await open(person, opened);
      moveClock(660);
      const { answer, calls } = await watch(test, () => open(person, unopened));
      expect([answer.status, answer.text]).toEqual([410, expect.stringContaining('has expired')]);
      expect((await open(new Person(), unopened)).status).toBe(410);
      expect([calls, await statusOf(unopened), await statusOf(opened)]).toEqual([{}, 'expired', 'opened']);
      moveClock(600);
      const late = await approve(consent, person);
      expect([late.text, connectionsOf()]).toEqual([expect.not.stringContaining('is connected'), []]);
      expect(await statusOf(opened)).toBe('expired');
    });
  });

  it('that nobody has made is not found, by a person or a program, and costs nothing', async () => {
    const person = await test.logIn(user);
    const rows = await storedRows(test);
    const { id } = await create();
    const mangled = [id.slice(0, -1), `${id}A`, id.toLowerCase().replace(/^./, '_'), '%00', '..%2f..%2flogin', "'--"];
    for (const token of [unknownToken(), ...mangled]) {
      for (const headers of [NAVIGATION, NAVIGATION_FROM_ELSEWHERE, { accept: '*/*' }]) {
        const answer = await person.request(test.at(`/auth/link/${token}`), { headers });
        const wanted = headers.accept === '*/*' ? '"errorCode":"connect_link_not_found"' : 'There is no such link';
        expect([token, answer.status, answer.text]).toEqual([token, 404, expect.stringContaining(wanted)]);
      }
    }
    const long = await person.request(test.at(`/auth/link/${'a'.repeat(500)}`), { headers: NAVIGATION });
    expect([404, 414]).toContain(long.status);
    expect(await storedRows(test)).toEqual(rows);
  });

  it('that nobody has made can be opened 10,000 times at once', async () => {
    const rows = await storedRows(test);
    const opening = test.app.get(ConnectLinkOpening);
    const crowd = adapter === 'Fastify' ? 10_000 : 500; // the adapter has no part in it
    const codes = await Promise.all(
      Array.from({ length: crowd }, () => opening.find(unknownToken(), test.tenant.domain).catch(codeOf)),
    );
    expect(new Set(codes)).toEqual(new Set(['connect_link_not_found']));
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        new Person().request(test.at(`/auth/link/${unknownToken()}`), { headers: AS_A_PAGE }),
      ),
    );
    expect(tally(answers)).toEqual({ 404: 40 });
    expect(await storedRows(test)).toEqual(rows);
  }, 60_000);

  it('is one of 20 that a user has, however many are made at once, and the newest are the ones that count', async () => {
    const links: ConnectLink[] = [];
    const kept = await create();
    for (let round = 0; round < 5; round += 1)
      links.push(...(await Promise.all(Array.from({ length: 20 }, () => create()))));
    const last = await create();
    const ids = [kept, ...links, last].map(({ id }) => id);
    const found = await Promise.all(
      ids.map((id) => worker.connectLinkStatus({ userId: user }, id).catch(() => undefined)),
    );
    expect([found.filter(Boolean).length, found[0], found.at(-1)?.status]).toEqual([20, undefined, 'pending']);
  });
});
