import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AS_A_PAGE, errorCodeOf, pendingConnect, pendingLogin, watch } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

const TAB = '\t';
const NEWLINE = '\n';

/** Each as the application sees it, after the query was decoded. */
const disguises: [string, string][] = [
  ['another origin', 'https://evil.example/'],
  ['another scheme', 'http://evil.example/'],
  ['no scheme', '//evil.example'],
  ['an encoded backslash before what is no text', '/%5cevil.example/%ff'],
  ['an encoded slash before what is no text', '/%2fevil.example/%ff'],
  ['three slashes', '///evil.example'],
  ['four slashes', '////evil.example'],
  ['a backslash', '/\\evil.example'],
  ['two backslashes', '\\\\evil.example'],
  ['a backslash before a slash', '\\/evil.example'],
  ['a backslash on the way', '/x\\..\\..\\\\evil.example'],
  ['a scheme without slashes', 'https:evil.example'],
  ['a scheme with one slash', 'https:/evil.example'],
  ['a scheme with backslashes', 'https:\\\\evil.example'],
  ['a script', 'javascript:alert(1)'],
  ['a script in capitals', 'JaVaScRiPt:alert(1)'],
  ['data', 'data:text/html,<script>alert(1)</script>'],
  ['an encoded double slash', '%2f%2fevil.example'],
  ['an encoded slash after a slash', '/%2fevil.example'],
  ['an encoded double slash after a slash', '/%2f%2fevil.example'],
  ['an encoded backslash', '/%5cevil.example'],
  ['an encoded backslash in capitals', '/%5Cevil.example'],
  ['a slash encoded twice', '/%252fevil.example'],
  ['a slash encoded three times', '/%25252fevil.example'],
  ['a dot segment', '/.//evil.example'],
  ['an encoded dot segment', '/%2e%2e//evil.example'],
  ['a way back', '/x/..//evil.example'],
  ['a tab', `/${TAB}/evil.example`],
  ['an encoded tab', '/%09/evil.example'],
  ['a newline', `/${NEWLINE}/evil.example`],
  ['an encoded newline', '/%0a/evil.example'],
  ['a header', `/x\r\nSet-Cookie: a=b`],
  ['a NUL', '/\u0000/evil.example'],
  ['a space before', ' //evil.example'],
  ['a space before a path', ' /evil'],
  ['an unusual space before', '\u00a0//evil.example'],
  ['no slash', 'evil.example'],
  ['a relative path', '../evil'],
  ['a query alone', '?x=1'],
  ['the origin as user', 'APP@evil.example'],
  ['the origin as user with a path', 'APP@evil.example/calendar'],
  ['the origin as beginning of a host', 'APP.evil.example/'],
  ['the origin as beginning of a port', 'APP0/'],
  ['the origin in another scheme', 'ftp://localhost/'],
  ['user information of the origin', 'USERINFO'],
  ['the origin and a double slash', 'APP//evil.example'],
  ['more than 2 048 characters', `/${'x'.repeat(3000)}`],
];

const legal: [string, string, string?][] = [
  ['the root', '/'],
  ['a path', '/calendar/open'],
  ['a query', '/calendar/open?week=7&day=1'],
  ['a fragment', '/calendar/open?week=7#monday'],
  ['an address in the query', '/calendar/open?next=https://evil.example//x'],
  ['percent-encoded text in the query', '/calendar/open?next=%2F%2Fevil.example%5C%0A'],
  ['a percent sign in the query', '/search?q=100%25'],
  ['a percent sign in the path', '/100%25'],
  ['a double slash further on', '/calendar//open'],
  ['an encoded space', '/two%20words'],
  ['an encoded umlaut', '/caf%C3%A9?q=%C3%BC'],
  ['an umlaut', '/café', '/caf%C3%A9'],
  ['a colon', '/calendar:open'],
  ['an at sign', '/@alice'],
  ['a plus', '/search?q=a+b'],
  ['an absolute address of the application', 'APP/calendar/open?week=7#x', '/calendar/open?week=7#x'],
  ['the origin of the application', 'APP', '/'],
  ['2 000 characters', `/${'x'.repeat(1999)}`],
];

describe.each(adapters)('returnTo on %s', (adapter) => {
  let test: TestApp;
  let person: Person;

  beforeAll(async () => {
    test = await TestApp.start(adapter);
    person = await test.logIn();
  });
  afterAll(() => test?.stop());

  const here = (value: string): string =>
    value.replace('APP', test.url).replace('USERINFO', `${test.url.replace('://', '://someone:secret@')}/calendar`);
  const pendingTransactions = async (): Promise<number> => {
    const rows: { n: number }[] = await test.database.query('SELECT count(*) AS n FROM auth0_connect_transactions');
    return Number(rows[0]?.n);
  };

  describe.each(['/auth/login', '/auth/connect/github'])('of %s', (path) => {
    it.each(disguises)('is refused with %s', async (_what, value) => {
      const before = await pendingTransactions();
      const address = test.at(`${path}?returnTo=${encodeURIComponent(here(value))}`);

      const { answer, calls } = await watch(test, () => person.request(address, { headers: AS_A_PAGE }));

      expect(answer.status).toBe(400);
      expect(errorCodeOf(answer)).toBe('invalid_return_to');
      expect(answer.text).not.toContain('evil');
      expect(calls).toEqual({});
      expect(await pendingTransactions(), 'nothing was begun').toBe(before);
    });

    it('is refused when it is given twice', async () => {
      const { answer, calls } = await watch(test, () =>
        person.request(test.at(`${path}?returnTo=/a&returnTo=//evil.example`)),
      );

      expect(answer.status).toBe(400);
      expect(errorCodeOf(answer)).toBe('invalid_request');
      expect(calls).toEqual({});
    });
  });

  it.each(legal)('leads there after a login with %s', async (_what, value, path = value) => {
    const callback = await pendingLogin(test, person, { returnTo: here(value) });

    const answer = await person.request(callback);

    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(path);
  });

  it.each(legal)('leads there after a connect with %s', async (_what, value, path = value) => {
    const start = test.at(`/auth/connect/github?returnTo=${encodeURIComponent(here(value))}`);
    const consent = await person.open(start);
    const callback = await person.submit(consent, { action: 'approve' }, { until: test.url });

    const answer = await person.request(callback.location ?? '');

    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(path);
  });

  it('is the root when it is not given', async () => {
    const page = await person.open(test.at('/auth/login'), { until: test.at('/auth/callback') });
    expect((await person.request(page.location ?? '')).headers.get('location')).toBe('/');
  });

  it('keeps the parameters of the page when the person says no', async () => {
    const callback = await pendingConnect(test, person, { action: 'cancel' });
    expect((await person.request(callback, { headers: AS_A_PAGE })).headers.get('location')).toBe(
      '/calendar/open?auth0_connect_error=access_denied&auth0_connect_connection=github',
    );
  });

  it.each([
    ['with a backslash in its query', '/pages/private?path=C:\\temp'],
    ['with a long query', `/pages/private?filter=${'x'.repeat(2500)}`],
  ])('of a page %s still leads to a login', async (_what, path) => {
    const stranger = new Person();

    const answer = await stranger.request(`${test.url}${path}`, { headers: AS_A_PAGE });

    expect(answer.status).toBe(302);
    expect((await stranger.request(answer.location ?? '', { headers: AS_A_PAGE })).location).toContain(
      `${test.tenant.domain}/authorize`,
    );
  });
});
