import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  changed,
  errorCodeOf,
  isLoggedIn,
  NAVIGATION_FROM_ELSEWHERE,
  pendingConnect,
  someUsers,
  withoutTable,
} from '../support/flows.js';
import { Person, type Answer } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const HTML = '<html><script>alert(1)</script></html>';

interface Failure {
  because: string;
  prepare?: () => void;
  /** Around the request to the callback. */
  during?: (request: () => Promise<Answer>) => Promise<Answer>;
  /** Parameters of the callback that are others. */
  callback?: Record<string, string | undefined>;
  status: number;
  code: string;
}

describe.each(adapters)('a connect that fails at the callback on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers(60) } });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });

  const fail = (status: number) => (): void =>
    test.control.failNext('complete', {
      status,
      body: { title: HTML, detail: HTML },
      ...(status === 429 && { headers: { 'retry-after': '60' } }),
    });

  const failures: Failure[] = [
    { because: 'Auth0 refuses the code', prepare: fail(400), status: 400, code: 'invalid_callback' },
    { because: 'Auth0 refuses it', prepare: fail(403), status: 502, code: 'auth0_refused' },
    { because: 'the account is of another user', prepare: fail(409), status: 409, code: 'account_conflict' },
    { because: 'Auth0 limits the requests', prepare: fail(429), status: 429, code: 'rate_limited' },
    { because: 'Auth0 is not there', prepare: fail(503), status: 503, code: 'auth0_unavailable' },
    {
      because: 'Auth0 answers a page',
      prepare: () => test.control.failNext('complete', { status: 201, body: HTML, contentType: 'text/html' }),
      status: 502,
      code: 'invalid_auth0_response',
    },
    {
      because: 'Auth0 asks for another step first',
      prepare: () => {
        test.control.failNext('complete', { status: 401, body: { title: 'Unauthorized' } });
        test.control.failNext('refresh', { status: 403, body: { error: 'mfa_required' } });
      },
      status: 403,
      code: 'mfa_required',
    },
    {
      because: 'the person says no',
      callback: { connect_code: undefined, error: 'access_denied', error_description: HTML },
      status: 403,
      code: 'access_denied',
    },
    { because: 'there is no code', callback: { connect_code: undefined }, status: 400, code: 'invalid_callback' },
    {
      because: 'the token that is stored cannot be removed',
      during: (request) => withoutTable(test, 'connection_tokens', request),
      status: 500,
      code: 'storage_failed',
    },
  ];

  describe.each(failures)('because $because', ({ prepare, during, callback, status, code }) => {
    const answer = async (headers: Record<string, string> = {}): Promise<Answer> => {
      const pending = await pendingConnect(test, person);
      prepare?.();
      const request = (): Promise<Answer> => person.request(changed(pending, callback ?? {}), { headers });
      return during ? during(request) : request();
    };

    it('leads a person to the page they came from, with its code and the connection', async () => {
      const back = await answer(NAVIGATION_FROM_ELSEWHERE);

      expect(back.status).toBe(302);
      expect(back.headers.get('location')).toBe(
        `/calendar/open?auth0_connect_error=${code}&auth0_connect_connection=github`,
      );
      expect(back.headers.getSetCookie()).toEqual([]);
      expect(await isLoggedIn(test, person)).toBe(true);
    });

    it('tells a program', async () => {
      const back = await answer();
      expect([back.status, errorCodeOf(back)]).toEqual([status, code]);
      expect(back.text).not.toContain('script');
      expect(await isLoggedIn(test, person)).toBe(true);
    });
  });
});
