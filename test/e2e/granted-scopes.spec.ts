import { Controller, Get, UseFilters, UseGuards } from '@nestjs/common';
import { AuthRedirectFilter, ConnectedToken, SessionGuard } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, lastRequest, NAVIGATION, someUsers } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const GOOGLE = 'google-oauth2';
const DRIVE = 'https://www.googleapis.com/auth/drive.readonly';
const GOOGLE_EMAIL = 'https://www.googleapis.com/auth/userinfo.email';

@Controller('needs')
@UseGuards(SessionGuard)
@UseFilters(AuthRedirectFilter)
class NeedsController {
  @Get('email')
  email(@ConnectedToken(GOOGLE, { scopes: ['email'] }) token: string): string {
    return token;
  }

  @Get('drive')
  drive(@ConnectedToken(GOOGLE, { scopes: [DRIVE] }) token: string): string {
    return token;
  }

  @Get('work')
  work(@ConnectedToken(GOOGLE, { scopes: ['email'], loginHint: 'a@work.example' }) token: string): string {
    return token;
  }

  @Get('repo')
  repo(@ConnectedToken('github', { scopes: ['public_repo'] }) token: string): string {
    return token;
  }
}

describe.each(adapters)('scopes that a provider grants on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(80) }, controllers: [NeedsController] });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });
  afterEach(() => void vi.useRealTimers());

  const open = (path: string): Promise<Answer> => person.request(test.at(path), { headers: NAVIGATION });
  const data = (path: string): Promise<Answer> => person.request(test.at(path));
  const grant = (scope: unknown, times = 1): void =>
    test.control.rewriteNext('exchange', (body) => ({ ...body, scope }), times);
  /** Through one consent where the person unticks almost all, as a browser goes, up to what is no redirect. */
  const consent = async (path: string): Promise<Answer> => {
    const page = await person.open(test.at(path), { headers: NAVIGATION });
    return person.submit(page, { action: 'approve', scopes: ['openid'] }, { headers: NAVIGATION });
  };

  it.each([
    ['under another name', GOOGLE_EMAIL],
    ['among many, by commas', `openid,${GOOGLE_EMAIL}`],
    ['by semicolons and line breaks', `openid;\r\n${GOOGLE_EMAIL}`],
    ['several times', `${GOOGLE_EMAIL} ${GOOGLE_EMAIL}`],
    ['in 10 kB', `${Array.from({ length: 600 }, (_, index) => `other:scope${index}`).join(' ')} ${GOOGLE_EMAIL}`],
    ['as they were asked for, without a word', undefined],
  ])('count where they come %s', async (_how, scope) => {
    test.control.connectAccount(user, GOOGLE);
    grant(scope);
    expect((await data('/needs/email')).status).toBe(200);
    expect((await data('/needs/email')).status, 'the stored token, too').toBe(200);
  });

  it.each([
    ['in other letters, which Google tells apart', 'EMAIL'],
    ['not at all, in an empty text', ''],
    ['not at all, in a text without scopes', ' , '],
  ])('do not count where they come %s', async (_how, scope) => {
    test.control.connectAccount(user, GOOGLE);
    grant(scope);
    expect(errorCodeOf(await data('/needs/email'))).toBe('insufficient_scope');
  });

  it('count where a wider one covers them', async () => {
    test.control.connectAccount(user, 'github');
    grant('repo');
    expect((await data('/needs/repo')).status).toBe(200);
  });

  it('are not asked for again straight after the consent: the answer says what is missing', async () => {
    test.control.connectAccount(user, GOOGLE, { scopes: ['openid'] });
    const before = test.control.count('connect');

    const answer = await consent('/needs/drive');

    expect([answer.status, test.control.count('connect') - before]).toEqual([403, 1]);
    expect(answer.json()).toMatchObject({
      errorCode: 'insufficient_scope',
      connection: GOOGLE,
      missingScopes: [DRIVE],
    });
    expect(answer.json(), 'a front end that follows it would go in circles').not.toHaveProperty('connectUrl');
    expect((await open('/needs/drive')).status).toBe(403);

    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 5 * 60_000);
    const later = await open('/needs/drive');
    expect(later.status, 'the person may think again').toBe(302);
  });

  it('are asked for where something else, or another account, was consented to', async () => {
    await test.connect(person, GOOGLE, { scopes: ['openid'] }, '&scopes=openid&scopes=email');
    expect((await data('/needs/email')).json()).not.toHaveProperty('connectUrl');
    expect((await data('/needs/drive')).json()).toHaveProperty('connectUrl');
    test.control.connectAccount(user, GOOGLE, { email: 'a@work.example', scopes: ['openid'] });
    expect((await data('/needs/work')).json()).toHaveProperty('connectUrl');
  });

  it.each([
    ['.default beside single ones', 'https://graph.microsoft.com/.default User.Read'],
    ['hundreds of them', Array.from({ length: 300 }, (_, index) => `s:${index}`).join(' ')],
    ['odd characters', 'a"b c\\d ümlaut'],
  ])(
    'that come back as %s are not asked for: what is missing is, and what the application names',
    async (_how, scope) => {
      test.control.connectAccount(user, GOOGLE);
      grant(`${scope} ${GOOGLE_EMAIL}`);

      const answer = await data('/needs/drive');

      const asked = ['email', DRIVE];
      expect(answer.json()).toMatchObject({ errorCode: 'insufficient_scope', scopes: asked });
      await open(new URL(answer.json<{ connectUrl: string }>().connectUrl).href.slice(test.url.length));
      expect(lastRequest(test, 'connect').body.scopes).toEqual(asked);
    },
  );
});
