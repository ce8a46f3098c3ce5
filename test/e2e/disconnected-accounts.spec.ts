import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONNECTION_TOKEN_STORE, type ConnectionTokenStore } from '../../libs/auth0-connect/src/accounts/ports.js';
import { errorCodeOf, someUsers, watch } from '../support/flows.js';
import type { Answer, Person } from '../support/person.js';
import { adapters, TestApp } from '../support/test-app.js';
import { TokenController } from '../support/token.controller.js';

const GOOGLE = 'google-oauth2';
const WORK = 'alice@work.example';

describe.each(adapters)('tokens of accounts that are gone on %s', (adapter) => {
  let test: TestApp;
  let person: Person;
  let user: string;
  let count = 0;

  beforeAll(async () => {
    test = await TestApp.start(adapter, { tenant: { users: someUsers() }, controllers: [TokenController] });
  });
  afterAll(() => test?.stop());
  beforeEach(async () => {
    user = `auth0|person${count++}`;
    person = await test.logIn(user);
  });

  const open = (path: string, who = person): Promise<Answer> => who.request(test.at(path));
  const disconnect = (id: string, who = person): Promise<Answer> =>
    who.request(test.at(`/auth/accounts/${id}`), { method: 'DELETE' });
  /** Two accounts of one connection, each with a token stored under the hint and one without. */
  const connectTwo = async (): Promise<{ work: string; other: string }> => {
    const work = test.control.connectAccount(user, GOOGLE, { email: `${user}${WORK}` });
    const other = test.control.connectAccount(user, GOOGLE, { email: `${user}@gmail.example` });
    const hinted = await open(`/tokens/new?connection=${GOOGLE}&loginHint=${encodeURIComponent(`${user}${WORK}`)}`);
    expect([hinted.status, (await open('/calendar')).status]).toEqual([200, 200]);
    return { work: work.id, other: other.id };
  };

  it('forgets the tokens of an account in all browsers of the user when one of them disconnects it', async () => {
    const elsewhere = await test.logIn(user);
    const { id } = test.control.connectAccount(user, GOOGLE);
    expect([(await open('/calendar')).status, (await open('/calendar', elsewhere)).status]).toEqual([200, 200]);

    const answer = await disconnect(id);

    expect(answer.status).toBe(204);
    expect(errorCodeOf(await open('/calendar'))).toBe('connection_required');
    expect(errorCodeOf(await open('/calendar', elsewhere))).toBe('connection_required');
  });

  it('leaves the tokens of other users alone', async () => {
    const otherUser = `auth0|person${count++}`;
    const other = await test.logIn(otherUser);
    test.control.connectAccount(otherUser, GOOGLE);
    await open('/calendar', other);
    const { id } = test.control.connectAccount(user, GOOGLE);

    await disconnect(id);

    const { answer, calls } = await watch(test, () => open('/calendar', other));
    expect(answer.status).toBe(200);
    expect(calls).toEqual({});
  });

  it.each([
    ['Auth0 answers 503', { status: 503 }, 503],
    ['Auth0 limits the rate', { status: 429, headers: { 'retry-after': '60' } }, 429],
    ['Auth0 refuses', { status: 403, body: { title: 'Forbidden' } }, 502],
  ])('forgets the tokens when %s, for it may have been done all the same', async (_what, scripted, status) => {
    const { id } = test.control.connectAccount(user, GOOGLE);
    await open('/calendar');
    test.control.failNext('delete-account', scripted);
    test.control.disconnectAccount(user, id);

    const answer = await disconnect(id);

    expect(answer.status).toBe(status);
    expect(errorCodeOf(await open('/calendar'))).toBe('connection_required');
  });

  it('does not hand out what an exchange brings that ran while the account was disconnected', async () => {
    const { id } = test.control.connectAccount(user, GOOGLE);
    const hold = test.control.hold('exchange');
    const pending = open('/calendar');
    await hold.arrived;
    await disconnect(id);
    test.control.connectAccount(user, GOOGLE); // so that the late exchange gets a token
    test.control.resetCounts();
    hold.release();

    const late = (await pending).json<{ token: string }>().token;

    expect(test.control.count('exchange'), 'asked again, for the account as it is now').toBe(1);
    expect((await open('/calendar')).json()).toEqual({ token: late });
  });

  it('asks to connect again once the vault says that the account is gone, in all browsers', async () => {
    const elsewhere = await test.logIn(user);
    test.control.connectAccount(user, GOOGLE);
    await open('/calendar');
    await open('/calendar', elsewhere);
    test.control.disconnectAccount(user, GOOGLE);

    const answer = await open(`/tokens/new?connection=${GOOGLE}`);

    expect(answer.status).toBe(403);
    expect(errorCodeOf(answer)).toBe('connection_required');
    expect(errorCodeOf(await open('/calendar', elsewhere))).toBe('connection_required');
  });

  it('asks to connect again when the provider has taken the grant back', async () => {
    test.control.connectAccount(user, GOOGLE);
    await open('/calendar');
    test.control.revokeAtProvider(user, GOOGLE);

    const answer = await open(`/tokens/new?connection=${GOOGLE}`);

    expect(errorCodeOf(answer)).toBe('connection_required');
    expect(errorCodeOf(await open('/calendar'))).toBe('connection_required');
  });

  it('forgets hinted tokens as well once the vault says that there is no account of the connection', async () => {
    await connectTwo();
    test.control.disconnectAccount(user, GOOGLE);
    expect(errorCodeOf(await open(`/tokens/new?connection=${GOOGLE}`))).toBe('connection_required');

    const rows = await storedTokens();

    expect(rows.map(({ connection }) => connection)).toEqual([]);
  });

  it('forgets the token without a hint as well once the vault says that a hinted account is gone', async () => {
    const account = test.control.connectAccount(user, GOOGLE, { email: `${user}${WORK}` });
    const hint = encodeURIComponent(`${user}${WORK}`);
    await open('/calendar'); // the token of that very account
    test.control.disconnectAccount(user, account.id);

    expect((await open(`/tokens/new?connection=${GOOGLE}&loginHint=${hint}`)).status).toBe(403);

    expect(errorCodeOf(await open('/calendar'))).toBe('connection_required');
  });

  it.each([
    ['the whole list', '/auth/accounts'],
    ['the list of its connection', `/auth/accounts?connection=${GOOGLE}&connection=slack`],
  ])('forgets the tokens of an account that %s no longer shows', async (_which, list) => {
    test.control.connectAccount(user, GOOGLE);
    test.control.connectAccount(user, 'github');
    await open('/calendar/both');
    test.control.disconnectAccount(user, GOOGLE);

    expect((await open(list)).status).toBe(200);

    expect(errorCodeOf(await open('/calendar'))).toBe('connection_required');
    const { calls } = await watch(test, () => open('/tokens/new?connection=github'));
    expect(calls).toEqual({ exchange: 1 });
  });

  it.each([
    ['the list of another connection', '/auth/accounts?connection=github'],
    ['one page of more', '/auth/accounts?take=1'],
  ])('forgets nothing because of %s', async (_which, list) => {
    test.control.connectAccount(user, 'github');
    test.control.connectAccount(user, GOOGLE);
    await open('/calendar');

    await open(list);

    const { answer, calls } = await watch(test, () => open('/calendar'));
    expect(answer.status).toBe(200);
    expect(calls).toEqual({});
  });

  it('forgets the tokens of one of two accounts of a connection when the list shows only the other', async () => {
    const { work } = await connectTwo();
    expect((await open('/auth/accounts')).json<{ accounts: unknown[] }>().accounts).toHaveLength(2);
    test.control.disconnectAccount(user, work);

    await open('/auth/accounts');

    const hint = encodeURIComponent(`${user}${WORK}`);
    expect(errorCodeOf(await open(`/tokens/stored?connection=${GOOGLE}&loginHint=${hint}`))).toBe(
      'connection_required',
    );
  });

  it('uses the account that is left when one of two is disconnected', async () => {
    const { other } = await connectTwo();
    const before = (await open('/calendar')).text;

    await disconnect(other);

    const after = await open('/calendar');
    expect(after.status).toBe(200);
    expect(after.text).not.toBe(before);
  });

  it('serves no old token when the process is killed between the completion of a reconnect and its clean-up', async () => {
    await test.connect(person, GOOGLE);
    const before = (await open('/calendar')).text;
    const page = await test.startConnect(person, GOOGLE);
    const store = test.app.get<ConnectionTokenStore>(CONNECTION_TOKEN_STORE);
    const removeConnection = store.removeConnection.bind(store);
    let calls = 0;
    // What comes after Auth0's answer is not reached any more.
    const killed = vi.spyOn(store, 'removeConnection').mockImplementation(async (...given) => {
      calls += 1;
      if (calls > 1) throw new Error('killed');
      return removeConnection(...given);
    });
    await person.submit(page, { action: 'approve' });
    killed.mockRestore();
    expect(calls).toBe(2);
    const after = await open('/calendar');
    expect(after.status).toBe(200);
    expect(after.text).not.toBe(before);
  });

  it('uses the account that was connected last, not the token of the one before', async () => {
    const alice = await test.logIn('auth0|alice');
    await test.connect(alice, GOOGLE, { account: 'alice@gmail.example' });
    const before = await open('/calendar', alice);

    await test.connect(alice, GOOGLE, { account: WORK });

    const after = await open('/calendar', alice);
    expect([before.status, after.status]).toEqual([200, 200]);
    expect(after.text).not.toBe(before.text);
  });

  async function storedTokens(): Promise<{ connection: string }[]> {
    return test.database.query(
      `SELECT t.* FROM auth0_connect_connection_tokens t JOIN auth0_connect_sessions s ON s.id = t.session_id
       WHERE t.access_token IS NOT NULL AND s.user_id = ?`,
      [user],
    );
  }
});
