import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import {
  ConnectedAccountsService,
  CurrentSession,
  SessionGuard,
  type ConnectionToken,
  type LoginSession,
} from 'nestjs-auth0-connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorCodeOf, someUsers } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { TestApp } from '../support/test-app.js';

@Controller('scoped')
@UseGuards(SessionGuard)
class ScopedController {
  constructor(@Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService) {}

  @Get()
  get(
    @CurrentSession() session: LoginSession,
    @Query('connection') connection: string,
    @Query('scope') scope: string,
  ): Promise<ConnectionToken> {
    return this.accounts.getAccessTokenForConnection(session, { connection, scopes: [scope] });
  }
}

/** One scope of each provider, and the name that the provider's answer has for it. */
const providers = [
  { connection: 'google-oauth2', asked: 'email', told: 'https://www.googleapis.com/auth/userinfo.email', folds: false },
  { connection: 'windowslive', asked: 'https://graph.microsoft.com/Mail.Read', told: 'Mail.Read', folds: true },
  { connection: 'github', asked: 'public_repo', told: 'repo', folds: false },
  { connection: 'slack', asked: 'chat:write:user', told: 'chat:write', folds: false },
  // Of whom nothing is known.
  { connection: 'crm', asked: 'contacts', told: 'contacts', folds: false },
];

const OTHERS = Array.from({ length: 700 }, (_, index) => `other:scope${index}`);

const granting: [string, (told: string) => unknown][] = [
  ['absent', () => undefined],
  ['the scope alone', (told) => told],
  ['repeated', (told) => `${told} ${told}  ${told}`],
  ['in 10 kB of others', (told) => [...OTHERS, told].join(' ')],
  ['between commas', (told) => `other,${told},more`],
  ['between commas and spaces', (told) => `other, ${told}, more`],
  ['between semicolons', (told) => `other;${told};more`],
  ['between tabs and line breaks', (told) => `other\t${told}\r\nmore`],
  ['with separators around it', (told) => ` ,${told}, `],
  ['beside what is no scope', (told) => `a"b ümlaut \\ ${told}`],
];

const lacking: [string, (told: string) => unknown][] = [
  ['empty', () => ''],
  ['nothing but separators', () => ' ,;\t '],
  ['10 kB of others', () => OTHERS.join(' ')],
  ['the scope with more behind it', (told) => `${told}x`],
  ['the scope with more before it', (told) => `x${told}`],
  ['scopes joined by what separates none', (told) => `other|${told}`],
  ['percent-encoded', (told) => `other%20${told}`],
];

describe('the scopes in an answer', () => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    const connections = providers.map(({ connection, told }) => ({
      name: connection,
      strategy: connection,
      scopes: [told],
    }));
    test = await TestApp.start('Fastify', {
      tenant: { users: someUsers(150), connections },
      controllers: [ScopedController],
    });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });

  describe.each(providers)('for $connection', ({ connection, asked, told, folds }) => {
    beforeEach(() => void test.control.connectAccount(user, connection));

    const ask = (): Promise<Answer> =>
      person.request(test.at(`/scoped?${new URLSearchParams({ connection, scope: asked }).toString()}`));
    const answerWith = (scope: unknown): Promise<Answer> => {
      test.control.rewriteNext('exchange', (body) => ({ ...body, scope }));
      return ask();
    };

    it.each(granting)('grant what was asked for: %s', async (_how, scope) => {
      expect((await answerWith(scope(told))).status).toBe(200);
      expect((await ask()).status, 'the stored token').toBe(200);
    });

    it.each(lacking)('do not grant it: %s', async (_how, scope) => {
      const answer = await answerWith(scope(told));
      expect([answer.status, errorCodeOf(answer)]).toEqual([403, 'insufficient_scope']);
      expect(answer.json()).toMatchObject({ connection, missingScopes: [asked] });
    });

    it(`${folds ? 'grant' : 'do not grant'} it in other letters`, async () => {
      expect((await answerWith(told.toUpperCase())).status).toBe(folds ? 200 : 403);
    });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['a list', ['repo']],
    ['an object', { scope: 'repo' }],
    ['longer than any column holds', OTHERS.join(' ').repeat(5)],
  ])('are not believed where they are %s', async (_what, scope) => {
    test.control.connectAccount(user, 'github');
    test.control.rewriteNext('exchange', (body) => ({ ...body, scope }));
    const answer = await person.request(test.at('/scoped?connection=github&scope=repo'));
    expect([answer.status, errorCodeOf(answer)]).toEqual([502, 'invalid_auth0_response']);
  });
});
