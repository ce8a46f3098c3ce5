import type { RequestKind } from 'auth0-local-tenant';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, databases, type TestDatabase } from '../support/databases.js';
import { isLoggedIn, NAVIGATION, pendingConnect, pendingLogin } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

type Json = Record<string, unknown>;

const USER = 'auth0|alice';
const RUNS = Number(process.env.FUZZ_RUNS ?? 30);

/** Fields that an answer may have, or that somebody may look for in it. */
const FIELDS = (
  'access_token id_token expires_in scope token_type issued_token_type connect_uri connect_params auth_session accounts ' +
  'next id connection scopes created_at access_type expires_at error error_description __proto__ constructor'
).split(' ');

/** No 500. */
const ANSWERS = [200, 302, 400, 401, 403, 429, 502, 503];

const numbers = fc.oneof(
  fc.constantFrom(0, -1, 0.5, 59.999, 1e17, 1e300, -1e300, 2 ** 31, 2 ** 53, 5e-324, -0),
  fc.double(),
  fc.integer(),
);
const texts = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '🙂',
    'x'.repeat(70_000),
    "'; DROP TABLE x; --",
    '<b>',
    '\r\nX: y',
  ),
  fc.constantFrom('http://evil.example/', 'javascript:alert(1)', '9'.repeat(400), 'e30.e30.e30', '..', 'NaN', 'null'),
  fc.string({ unit: 'binary' }),
);
const values = fc.oneof(numbers, texts, fc.constantFrom(null, true, [], {}), fc.jsonValue({ maxDepth: 2 }));

/** Which fields of an answer, or of what is listed in it, are what else; `undefined` is left out. */
const lies = fc.array(
  fc.record({ field: fc.nat(), value: fc.option(values, { nil: undefined, freq: 8 }), inList: fc.boolean() }),
  { minLength: 1, maxLength: 4 },
);

type Lies = typeof lies extends fc.Arbitrary<infer T> ? T : never;

function withLies(body: Json, told: Lies): Json {
  const changed = structuredClone(body);
  for (const { field, value, inList } of told) {
    const list = Object.values(changed).find((part) => Array.isArray(part) && part.length > 0) as Json[] | undefined;
    const target = inList && list && typeof list[0] === 'object' && list[0] ? list[0] : changed;
    // A refresh token is whatever Auth0 says it is: nobody can tell that it is none.
    const own = Object.keys(target).filter((key) => key !== 'refresh_token');
    const names = [...own, ...own, ...own, ...own, ...FIELDS];
    const name = names[field % names.length]!;
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return changed;
}

describe.each(databases.filter(({ missing }) => !missing))('whatever Auth0 answers, with $name', ({ name }) => {
  let database: TestDatabase;
  let test: TestApp;
  let person: Person;

  beforeAll(async () => {
    database = await createDatabase(name);
    test = await TestApp.start('Express', { database: database.options, controllers: [TokenController] });
    test.control.connectAccount(USER, 'google-oauth2');
  });
  afterAll(async () => {
    await test?.stop();
    await database?.drop();
  });

  const get = (path: string): Promise<Answer> =>
    person.request(test.at(path), { headers: { accept: 'application/json' } });

  /** Somebody new each time, who has to be logged in afterwards. @returns the lies for which it is not so, for people */
  async function counterexampleTo(property: (told: Lies) => Promise<boolean>): Promise<string | undefined> {
    const run = await fc.check(
      fc.asyncProperty(lies, async (told) => {
        person = await test.logIn(USER);
        return (await property(told)) && isLoggedIn(test, person);
      }),
      { numRuns: RUNS },
    );
    return fc.defaultReportMessage(run);
  }

  /** What makes the library ask, each time anew. */
  const questions: Record<string, { kind: RequestKind; ask: () => Promise<Answer> }> = {
    'an exchange': { kind: 'exchange', ask: () => get('/tokens/new?connection=google-oauth2') },
    'a refresh': {
      kind: 'refresh',
      ask: async () => {
        await test.database.query('DELETE FROM auth0_connect_api_access_tokens');
        return get('/tokens/api?scope=read:events');
      },
    },
    'a list of accounts': { kind: 'accounts', ask: () => get('/auth/accounts') },
    'the beginning of a connect': {
      kind: 'connect',
      ask: () =>
        person.request(test.at('/auth/connect/github'), { headers: { ...NAVIGATION, accept: 'application/json' } }),
    },
  };

  it.each(Object.entries(questions))('to %s, it is no fault of ours, and the login goes on', async (_, question) => {
    const lied = async (told: Lies): Promise<boolean> => {
      test.control.rewriteNext(question.kind, (body) => withLies(body, told));
      const [lie, truth] = [await question.ask(), await question.ask()];
      return ANSWERS.includes(lie.status) && [200, 302].includes(truth.status);
    };
    expect(await counterexampleTo(lied)).toBeUndefined();
  });

  it('to a login, it is no fault of ours, and whoever is in stays in', async () => {
    const found = await counterexampleTo(async (told) => {
      const callback = await pendingLogin(test, person, { user: USER });
      test.control.rewriteNext('code', (body) => withLies(body, told));
      return ANSWERS.includes((await person.request(callback)).status);
    });
    expect(found).toBeUndefined();
  });

  it('to the completion of a connect, it is no fault of ours, and the login goes on', async () => {
    const found = await counterexampleTo(async (told) => {
      const callback = await pendingConnect(test, person);
      test.control.rewriteNext('complete', (body) => withLies(body, told));
      return ANSWERS.includes((await person.request(callback)).status);
    });
    expect(found).toBeUndefined();
  });
});
