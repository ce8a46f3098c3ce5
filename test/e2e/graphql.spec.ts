import { Injectable } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import {
  AccessTokenStrategy,
  AuthRedirectFilter,
  SessionGuard,
  SessionStrategy,
  type ApiCaller,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, mintAccessToken, startApiApp } from '../support/api-app.js';
import { unhandledDuring } from '../support/flows.js';
import { graphqlProviders, graphqlServers, query, type GraphqlResult } from '../support/graphql.js';
import { Person } from '../support/person.js';
import type { TestApp } from '../support/test-app.js';

const ALICE = 'session auth0|alice auth0|alice';
const BOB = 'token auth0|bob auth0|bob';

/** Lets own strategies answer at the same moment, when so many wait. */
class Meeting {
  #waiting: (() => void)[] = [];
  size = 1;

  async join(): Promise<void> {
    const met = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#waiting.length >= this.size) for (const go of this.#waiting.splice(0)) go();
    await met;
  }
}
const meeting = new Meeting();

@Injectable()
class OwnSessionStrategy extends SessionStrategy {
  override async validate({ userId }: LoginSession): Promise<unknown> {
    await meeting.join();
    return { id: userId };
  }
}
@Injectable()
class OwnAccessTokenStrategy extends AccessTokenStrategy {
  override async validate({ userId }: ApiCaller): Promise<unknown> {
    await meeting.join();
    return { id: userId };
  }
}

const variants = [
  { as: '', providers: [] },
  { as: ' with the filter for pages', providers: [{ provide: APP_FILTER, useClass: AuthRedirectFilter }] },
  { as: ' with a guard for all handlers', providers: [{ provide: APP_GUARD, useExisting: SessionGuard }] },
  { as: ' with strategies of its own', providers: [OwnSessionStrategy, OwnAccessTokenStrategy] },
];
const setups = graphqlServers.flatMap((server) =>
  variants.map(({ as, providers }) => ({ ...server, title: `${server.name}${as}`, providers })),
);

function messagesOf({ errors = [] }: GraphqlResult): string[] {
  return errors.map(({ message }) => message);
}

describe.each(setups)('GraphQL by $title', ({ title, adapter, module, providers }) => {
  let test: TestApp;
  /** An attacker, at a browser where they are logged in. */
  let alice: Person;
  /** The token of a victim, good for little. */
  let bob: { authorization: string };
  const isGuarded = title.includes('guard for all');

  beforeAll(async () => {
    test = await startApiApp(adapter, { imports: [module()], providers: [...graphqlProviders, ...providers] });
    alice = await test.logIn('auth0|alice');
    bob = bearer(await mintAccessToken(test, { sub: 'auth0|bob', scope: 'openid' }));
    test.control.connectAccount('auth0|alice', 'github');
    test.control.connectAccount('auth0|bob', 'github');
  });
  afterAll(() => test?.stop());

  const both = async (operation: string): Promise<GraphqlResult['data']> => {
    const result = await query(test, alice, operation, bob);
    expect(messagesOf(result)).toEqual([]);
    return result.data;
  };

  it.each([
    ['{ bySession byToken }', { bySession: ALICE, byToken: BOB }],
    ['{ byToken bySession }', { byToken: BOB, bySession: ALICE }],
    ['{ a: bySession b: byToken c: bySession d: byToken }', { a: ALICE, b: BOB, c: ALICE, d: BOB }],
    ['{ byEither bySession open byToken }', { byEither: BOB, bySession: ALICE, open: ALICE, byToken: BOB }],
    [
      'query { ...One ...Other } fragment One on Query { bySession } fragment Other on Query { byToken }',
      { bySession: ALICE, byToken: BOB },
    ],
    ['{ who { byToken bySession byEither } }', { who: { byToken: BOB, bySession: ALICE, byEither: BOB } }],
    [
      '{ a: who { bySession } b: who { byToken } bySession }',
      { a: { bySession: ALICE }, b: { byToken: BOB }, bySession: ALICE },
    ],
    ['mutation { changeByToken changeBySession }', { changeByToken: BOB, changeBySession: ALICE }],
    ['mutation { changeBySession changeByToken }', { changeBySession: ALICE, changeByToken: BOB }],
  ])('acts for whom the guard of each field has let in: %s', async (operation, data) => {
    // More than once: mercurius compiles an operation that it has seen a few times.
    for (let i = 0; i < 4; i += 1) expect(await both(operation)).toEqual(data);
  });

  it("acts for whom passport's own guard has let in, and not for another that the request names", async () => {
    const { data, errors } = await query(test, alice, '{ byPassportToken }', bob);
    // A guard for all handlers has let in Alice, and this one Bob.
    const messages = messagesOf({ errors }).map((message) => message.slice(0, 'Guards have let in two'.length));
    const refused = { data: null, messages: ['Guards have let in two'] };
    const answer = isGuarded ? refused : { data: { byPassportToken: BOB }, messages: [] };
    expect({ data: data ?? null, messages }).toEqual(answer);
    expect(await both('{ byPassportSession }')).toEqual({ byPassportSession: ALICE });
  });

  it("refuses a field where passport's own guards have let in two, for they do not say whom for which", async () => {
    for (const operation of ['{ byPassportSession byPassportToken }', '{ byPassportToken byPassportSession }']) {
      const { data, errors } = await query(test, alice, operation, bob);
      expect(errors?.length).toBeGreaterThan(0);
      expect(data ?? null).toBeNull();
    }
  });

  it("hands each field the connected token of whom its guard has let in, and never the victim's to the attacker", async () => {
    const alone = await query(test, alice, '{ githubBySession }');
    const victim = await query(test, new Person(), '{ githubByToken }', bob);
    const { githubBySession, githubByToken, who } = (await both('{ githubByToken githubBySession who { github } }'))!;

    expect(githubBySession).toBe(alone.data?.githubBySession);
    expect((who as { github: string }).github).toBe(alone.data?.githubBySession);
    expect(githubByToken).toBe(victim.data?.githubByToken);
    expect(githubByToken).not.toBe(githubBySession);
  });

  it('keeps the operations of one request apart', async () => {
    const results = await query(test, alice, ['{ bySession }', '{ byToken }', '{ byToken bySession }'], bob);
    expect(results.map(({ data }) => ({ ...data }))).toEqual([
      { bySession: ALICE },
      { byToken: BOB },
      { byToken: BOB, bySession: ALICE },
    ]);
  });

  it('keeps whom each guard has let in apart, when they decide at the same moment', async () => {
    meeting.size = 2;
    try {
      expect(await both('{ bySession byToken }')).toEqual({ bySession: ALICE, byToken: BOB });
      expect(await both('{ byToken bySession }')).toEqual({ byToken: BOB, bySession: ALICE });
      expect(await both('{ who { byEither bySession } }')).toEqual({ who: { byEither: BOB, bySession: ALICE } });
    } finally {
      meeting.size = 1;
    }
  });

  it('lets no field in by what another one needs', async () => {
    const person = await query(test, alice, '{ bySession byToken }');
    const caller = await query(test, new Person(), '{ bySession byToken }', bob);
    expect(messagesOf(person)).toEqual([expect.stringMatching(/access token/i)]);
    expect(messagesOf(caller)).toEqual(['Log in to continue']);
    expect([person.data ?? null, caller.data ?? null]).toEqual([null, null]);
  });

  it('tells a stranger, and somebody who has connected nothing, by errors of GraphQL, and the process lives', async () => {
    const carol = await test.logIn('auth0|carol');
    const unhandled = await unhandledDuring(async () => {
      const stranger = await query(test, new Person(), '{ bySession }');
      const asPage = await query(test, new Person(), '{ bySession }', { accept: 'text/html,*/*;q=0.8' });
      const nested = await query(test, new Person(), '{ who { bySession } }');
      const unconnected = await query(test, carol, '{ githubBySession }');
      const forged = await query(test, new Person(), '{ byToken }', bearer('forged'));

      expect([stranger, asPage, nested].map(messagesOf)).toEqual([1, 2, 3].map(() => ['Log in to continue']));
      expect(messagesOf(unconnected)).toEqual([expect.stringContaining('Connect an account')]);
      expect(messagesOf(forged)).toEqual([expect.stringMatching(/token/i)]);
      const told = [stranger, unconnected, forged].map(({ errors }) => errors?.[0]?.extensions);
      expect(told).toMatchObject([
        { errorCode: 'login_required' },
        { errorCode: 'connection_required', connection: 'github' },
        { errorCode: 'invalid_token' },
      ]);
    });
    expect(unhandled).toEqual([]);
    expect(await query(test, alice, '{ bySession }')).toMatchObject({ data: { bySession: ALICE } });
  });

  it('tells a public field who is there, if anybody', async () => {
    expect((await query(test, alice, '{ open }')).data).toEqual({ open: ALICE });
    expect((await query(test, new Person(), '{ open }')).data).toEqual({ open: 'nobody  ' });
  });
});
