import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { UnreadableValueError, type SealedPlace, type TokenCipher } from 'nestjs-auth0-connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorCodeOf, NAVIGATION, pendingLogin } from '../support/flows.js';
import { Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';

/** A service elsewhere, as a KMS is: it may not answer, and then repeats in its error what it was given. */
class RemoteCipher implements TokenCipher {
  isAway = false;

  async seal(plaintext: string, place: SealedPlace): Promise<string> {
    this.answer(plaintext);
    return `${nameOf(place)}|${Buffer.from(plaintext).toString('base64')}`;
  }

  async open(sealed: string, place: SealedPlace): Promise<string> {
    this.answer(sealed);
    const [of, plaintext = ''] = sealed.split('|');
    if (of !== nameOf(place)) throw new UnreadableValueError(place, 'the service refuses it');
    return Buffer.from(plaintext, 'base64').toString();
  }

  private answer(given: string): void {
    if (this.isAway) throw Object.assign(new Error(`no answer to ${given}`), { code: 'ECONNREFUSED', given });
  }
}

const nameOf = ({ table, column, row }: SealedPlace): string => [table, column, row].join();

describe.each(adapters)('a tokenCipher that does not answer, on %s', (adapter) => {
  const cipher = new RemoteCipher();
  let test: TestApp;
  let alice: Person;
  let said: string[];
  beforeAll(async () => {
    test = await TestApp.start(adapter, { options: { tokenCipher: cipher } });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    said = [];
    for (const level of ['log', 'warn', 'error'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation((...given: unknown[]) => void said.push(inspect(given)));
    }
    alice = await test.logIn();
    await test.connect(alice, 'google-oauth2');
    await test.database.query('DELETE FROM auth0_connect_connection_tokens');
  });
  afterEach(() => {
    cipher.isAway = false;
    vi.restoreAllMocks();
  });

  it('asks nobody to log in: the answer is 503 with a time to try again, and what was stored is there later', async () => {
    cipher.isAway = true;
    const paths = ['/calendar', '/auth/accounts', '/auth/connect/github'];
    const answers = await Promise.all(paths.map((path) => alice.request(test.at(path), { headers: NAVIGATION })));
    expect(answers.map((answer) => [answer.status, errorCodeOf(answer)])).toEqual(
      paths.map(() => [503, 'cipher_unavailable']),
    );
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(paths.map(() => '2'));
    expect((await alice.request(test.at('/auth/profile'))).status, 'whose session it is goes by secret').toBe(200);
    cipher.isAway = false;
    expect((await alice.request(test.at('/calendar'))).status).toBe(200);
  });

  it('is told to a person whose login it ends, and keeps nobody from logging out', async () => {
    const bob = new Person();
    const callback = await pendingLogin(test, bob);
    cipher.isAway = true;
    const failed = await bob.request(callback.href, { headers: NAVIGATION });
    expect(new URL(failed.headers.get('location') ?? '', test.url).searchParams.get('auth0_connect_error')).toBe(
      'cipher_unavailable',
    );
    const logout = await alice.request(test.at('/auth/logout'), { method: 'POST' });
    expect(logout.status).toBe(302);
    expect((await alice.request(test.at('/auth/profile'))).status).toBe(401);
  });

  it('is said once a minute, with nothing of what it was given', async () => {
    cipher.isAway = true;
    for (let count = 0; count < 3; count += 1) await alice.request(test.at('/calendar'));
    const lines = said.filter((line) => line.includes('cipher_unavailable'));
    expect(lines.length).toBeLessThanOrEqual(1);
    expect(said.join()).not.toMatch(/no answer to|\|/);
  });
});
