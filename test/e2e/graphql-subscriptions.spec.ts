import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { someUsers } from '../support/flows.js';
import { graphqlProviders, graphqlServers, GraphqlSocket, Happenings, type GraphqlResult } from '../support/graphql.js';
import type { Person } from '../support/person.js';
import type { TestApp } from '../support/test-app.js';

function messagesOf({ errors = [] }: GraphqlResult): string[] {
  return errors.map(({ message }) => message);
}

describe.each(graphqlServers)('one socket of GraphQL by $name', ({ adapter, module }) => {
  let test: TestApp;
  let person: Person;
  let socket: GraphqlSocket | undefined;
  let count = 0;
  let byTheirSession: string;
  const BY_TOKEN = 'token auth0|bob auth0|bob';

  beforeAll(async () => {
    test = await startApiApp(adapter, {
      tenant: { users: someUsers() },
      imports: [module()],
      providers: graphqlProviders,
    });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    const user = `auth0|person${count++}`;
    person = await test.logIn(user);
    byTheirSession = `session ${user} ${user}`;
  });
  afterEach(async () => {
    vi.useRealTimers();
    await socket?.close();
    socket = undefined;
  });

  const bob = async (): Promise<{ authorization: string }> =>
    bearer(await mintAccessToken(test, { sub: 'auth0|bob', scope: 'openid' }));
  const open = (headers: Record<string, string>): GraphqlSocket => (socket = GraphqlSocket.open(test, headers));
  const cookie = (): { cookie: string } => ({ cookie: person.cookieHeader(new URL(test.url)) });
  const next = async (results: AsyncIterator<GraphqlResult>): Promise<GraphqlResult> => {
    const result = results.next();
    // The server has subscribed when it has answered what came after.
    await socket!.query('{ open }');
    test.app.get(Happenings).happen();
    return (await result).value as GraphqlResult;
  };

  it('acts in each operation for whom the guard of each field has let in', async () => {
    const opened = open({ ...cookie(), ...(await bob()) });
    for (let i = 0; i < 4; i += 1) {
      expect(await opened.query('{ bySession byToken }')).toEqual({
        data: { bySession: byTheirSession, byToken: BY_TOKEN },
      });
      expect(await opened.query('{ byToken }')).toEqual({ data: { byToken: BY_TOKEN } });
      expect(await opened.query('{ bySession }')).toEqual({ data: { bySession: byTheirSession } });
      expect(await opened.query('{ who { byToken byEither bySession } }')).toEqual({
        data: { who: { byToken: BY_TOKEN, byEither: BY_TOKEN, bySession: byTheirSession } },
      });
    }
  });

  it('lets in no longer who has logged out', async () => {
    open(cookie());
    expect(await socket!.query('{ bySession }')).toEqual({ data: { bySession: byTheirSession } });
    await person.request(test.at('/auth/logout'), { method: 'POST' });
    expect(messagesOf(await socket!.query('{ bySession }'))).toEqual(['Log in to continue']);
  });

  it('lets in no longer whose token is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    open(await bob());
    expect(await socket!.query('{ byToken }')).toEqual({ data: { byToken: BY_TOKEN } });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect(messagesOf(await socket!.query('{ byToken }'))).toEqual([expect.stringMatching(/token/i)]);
  });

  it('looks at each message of a subscription anew: a logout ends it for the fields of a session', async () => {
    open({ ...cookie(), ...(await bob()) });
    const news = socket!.results('subscription { news { bySession byToken } }');
    expect(await next(news)).toEqual({ data: { news: { bySession: byTheirSession, byToken: BY_TOKEN } } });
    expect(await next(news)).toEqual({ data: { news: { bySession: byTheirSession, byToken: BY_TOKEN } } });

    await person.request(test.at('/auth/logout'), { method: 'POST' });

    expect(messagesOf(await next(news))).toEqual(['Log in to continue']);
  });

  it('looks at each message of a subscription anew: the end of a token ends it for the fields of a caller', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    open({ ...cookie(), ...(await bob()) });
    const news = socket!.results('subscription { news { bySession byToken } }');
    expect(await next(news)).toEqual({ data: { news: { bySession: byTheirSession, byToken: BY_TOKEN } } });

    vi.setSystemTime(Date.now() + 2 * 3_600_000);

    expect(messagesOf(await next(news))).toEqual([expect.stringMatching(/token/i)]);
  });

  it('takes the cookie of nobody for a socket that the page of another site has opened', async () => {
    open({ ...cookie(), origin: 'https://evil.example' });
    const { errors, data } = await socket!.query('{ bySession }');
    expect(errors).toHaveLength(1);
    expect(data ?? null).toBe(null);
    await socket!.close();
    open({ ...cookie(), origin: test.url });
    expect(await socket!.query('{ bySession }')).toEqual({ data: { bySession: byTheirSession } });
  });

  it('knows a stranger for one', async () => {
    open({});
    expect(messagesOf(await socket!.query('{ bySession }'))).toEqual(['Log in to continue']);
    expect(await socket!.query('{ open }')).toEqual({ data: { open: 'nobody  ' } });
  });
});
